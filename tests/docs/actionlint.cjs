// Lints the workflows named on the command line; prints a JSON list of problems. The first argument is the package's folder.
const { readFileSync } = require("node:fs");
const [folder, ...workflows] = process.argv.slice(2);
require(folder)
  .createLinter()
  .then((lint) => {
    const problems = workflows.flatMap((path) => lint(readFileSync(path, "utf8"), path));
    process.stdout.write(JSON.stringify(problems), () => process.exit(0));
  });
