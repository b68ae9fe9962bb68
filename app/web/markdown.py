"""Markdown with maths in LaTeX as HTML that is not safe yet: `render` cleans it."""

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markupsafe import escape

from app.web import maths

_INLINE = ((r"\(", r"\)"), ("$", "$"))
_BLOCK = ((r"\[", r"\]"), ("$$", "$$"))


def html(text: str) -> str:
    """The text as HTML."""
    rendered: str = _parser().render(text)
    return rendered


@cache
def _parser() -> MarkdownIt:
    # As CommonMark has it, with tables; tags that a model writes stay text.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.block.ruler.before("fence", "maths", _maths_block, {"alt": ["paragraph"]})
    parser.inline.ruler.before("escape", "maths", _maths_inline)
    parser.add_render_rule("maths", _render_maths)
    # The page's own headings come above an answer's.
    parser.add_render_rule("heading_open", _render_heading)
    parser.add_render_rule("heading_close", _render_heading)
    return parser


def _maths_inline(state: StateInline, silent: bool) -> bool:
    for start, end in (*_BLOCK, *_INLINE):
        if not state.src.startswith(start, state.pos):
            continue
        first = state.pos + len(start)
        last = state.src.find(end, first, state.posMax)
        content = state.src[first:last]
        # `$5 and $6` are prices: no space may follow the first sign, nor a digit the last.
        if last <= first or (start == "$" and not _is_dollar_maths(content, state.src[last + 1 : last + 2])):
            continue
        if not silent:
            token = state.push("maths", "", 0)
            token.content, token.meta = content, {"block": (start, end) in _BLOCK}
        state.pos = last + len(end)
        return True
    return False


def _is_dollar_maths(content: str, following: str) -> bool:
    return content.strip() == content and "\n" not in content and not following.isdigit()


def _maths_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """From a line that begins with `$$` or `\\[` to the one that ends with its counterpart."""
    line = state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]]
    found = next((pair for pair in _BLOCK if line.startswith(pair[0])), None)
    if not found:
        return False
    start, end = found
    for number in range(first, last):
        begin = state.bMarks[first] + state.tShift[first] + len(start)
        text = state.src[begin : state.eMarks[number]].rstrip()
        if text.endswith(end) and text.strip() != end:
            if not silent:
                token = state.push("maths", "", 0)
                token.content, token.meta, token.block = text.removesuffix(end).strip(), {"block": True}, True
                state.line = number + 1
            return True
    return False


def _render_maths(_self: RendererHTML, tokens: Any, index: int, _options: Any, _environment: Any) -> str:
    token = tokens[index]
    html = maths.of_latex(token.content, block=token.meta["block"])
    return html if html is not None else f"<code>{escape(token.content)}</code>"


def _render_heading(_self: RendererHTML, tokens: Any, index: int, _options: Any, _environment: Any) -> str:
    token = tokens[index]
    level = min(int(re.sub(r"\D", "", token.tag)) + 2, 6)
    return f"<{'/' if token.nesting < 0 else ''}h{level}>"
