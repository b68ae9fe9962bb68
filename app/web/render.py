"""Text as HTML that is safe to show: every way ends in one gate, which knows the tags and attributes that may pass."""

import re
from itertools import groupby

from markupsafe import Markup, escape

from app.web import maths

_TEXT_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_MATHS_TAGS = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts",
    "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
    "munderover",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "math": {"display", "displaystyle"},
    "mi": {"mathvariant"},
    "mo": {"fence", "form", "largeop", "movablelimits", "stretchy"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "ol": {"start"},
}
_RULER = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")


def clean(html: str) -> Markup:
    """The gate: what is not on the lists is taken out, and links lead to other sites without telling of this one."""
    # Planners that only programs talk to show no page.
    import nh3  # noqa: PLC0415

    return Markup(  # noqa: S704 (this is where it becomes safe)
        nh3.clean(
            html,
            tags=_TEXT_TAGS | _MATHS_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def from_markdown(text: str) -> Markup:
    """Markdown with maths in LaTeX, as models write."""
    # Only models write it: without one, its parser is never loaded.
    from app.web import markdown  # noqa: PLC0415

    return clean(markdown.html(text))


def from_plain(text: str) -> Markup:
    """What tools and their templates write: formulas typeset, lists and tables as such, every other sign as it is."""
    blocks: list[str] = []
    for kind, group in groupby(text.split("\n"), key=_kind):
        lines = list(group)
        if kind == "item":
            items = "".join(f"<li>{_line(line[2:])}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        elif kind == "row" and len(lines) > 1 and _RULER.fullmatch(lines[1]):
            rows = [_row(lines[0], "th"), *(_row(line, "td") for line in lines[2:])]
            blocks.append(f"<table>{''.join(rows)}</table>")
        else:
            blocks += [f"<p>{_line(line)}</p>" for line in lines if line.strip()]
    return clean("".join(blocks))


def _kind(line: str) -> str:
    if line.startswith("- "):
        return "item"
    return "row" if len(line) > 1 and line.startswith("|") and line.endswith("|") else "text"


def _row(line: str, tag: str) -> str:
    cells = "".join(f"<{tag}>{_line(cell.strip())}</{tag}>" for cell in line[1:-1].split("|"))
    return f"<tr>{cells}</tr>"


def _line(line: str) -> str:
    return maths.of_text(line.strip()) or str(escape(line))
