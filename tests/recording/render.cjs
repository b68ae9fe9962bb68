// Renders an asciicast as an animated SVG: node render.cjs MODULES CAST SVG
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const [modules, cast, svg] = process.argv.slice(2);
const { render } = require(join(modules, "svg-term"));
writeFileSync(svg, render(readFileSync(cast, "utf8"), { window: true, cursor: false }));
