"""How a text stands in a question: in quotation marks, or after a colon up to the end."""

import re

from app.language.references import MARK

_QUOTED = re.compile(r"“(?P<a>[^”]*)”|\"(?P<b>.*)\"|'(?P<c>.*)'|`(?P<d>.*)`|«(?P<e>[^»]*)»", re.DOTALL)
_POLITE = (
    r"(?:(?:please|can you|could you|would you|what is|what's|what are|give me|show me|tell"
    r" me|the following|this|make|write|put|turn|convert|change|compute|calculate|encode|and|then) )*"
)
_IN = (
    r"(?: (?:in|of|from|for|to))?(?: (?:the|this|these|following|text|string|phrase|sent"
    r"ence|word|words|lines|list|it is))*"
)

# Where {} stands, the text follows or comes in between.
_VERBS: dict[str, tuple[str, ...]] = {
    "uppercase": (r"(?:upper ?-?case|capitals|all caps|to upper ?case|upper)",),
    "lowercase": (r"(?:lower ?-?case|small letters|to lower ?case|lower)",),
    "title case": (r"(?:title ?-?case|capitali[sz]e(?: (?:every|each) word)?)",),
    "reverse words": (r"reverse (?:the )?(?:order of )?(?:the )?words",),
    "reverse": (r"(?:reverse|backwards|mirror)(?: (?:the )?(?:text|string|letters|characters))?",),
    "count characters": (
        r"(?:count|how many|(?:the )?number of|length of)(?: the)?(?: characters)(?: are(?: there)?| does)?",
        r"(?:the )?length",
    ),
    "count words": (r"(?:count|how many|(?:the )?number of)(?: the)? words(?: are(?: there)?)?", r"word count"),
    "count lines": (r"(?:count|how many|(?:the )?number of)(?: the)? lines(?: are(?: there)?)?", r"line count"),
    "count letters": (r"(?:count|how many|(?:the )?number of)(?: the)? letters(?: are(?: there)?)?",),
    "count consonants": (r"(?:count|how many|(?:the )?number of)(?: the)? consonants(?: are(?: there)?)?",),
    "longest word": (r"(?:the )?longest word",),
    "shortest word": (r"(?:the )?shortest word",),
    "remove spaces": (r"(?:remove|delete|strip)(?: (?:all|the|every))* (?:spaces|blanks|whitespace)",),
    "swap case": (r"swap (?:the )?case", r"invert (?:the )?case"),
    "acronym": (r"(?:the )?(?:acronym|initials)",),
    "sort letters": (r"(?:sort|order)(?: the)? (?:letters|characters)(?: alphabetically)?",),
    "count vowels": (r"(?:count|how many|(?:the )?number of)(?: the)? vowels(?: are(?: there)?)?",),
    "sort words": (r"sort(?: the)? words(?: alphabetically)?",),
    "sort lines": (
        r"sort(?: (?:the|these|this))?(?: lines| list)?(?: alphabetically)?",
        r"alphabeti[sz]e(?: the)?(?: lines)?",
    ),
    "unique lines": (r"(?:unique|distinct|deduplicate|remove (?:duplicate|repeated))(?: the)? ?lines", r"deduplicate"),
    "unique words": (r"(?:unique|distinct|remove (?:duplicate|repeated))(?: the)? words",),
    "slug": (r"(?:slug|slugify|url slug)",),
}
# In the middle or after: `"x" in upper case`, `make "x" uppercase`.
_AFTER = {
    "uppercase": r"(?:in |to |into )?(?:upper ?-?case|capitals|all caps)",
    "lowercase": r"(?:in |to |into )?(?:lower ?-?case|small letters)",
    "title case": r"(?:in |to |into )?title ?-?case",
    "reverse": r"(?:reversed|backwards|in reverse)",
    "slug": r"(?:as |to |into )(?:an? )?(?:url )?slug",
}
_LEAD = 90


def _forms(verbs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"{_POLITE}(?:{'|'.join(verbs)}){_IN}", re.IGNORECASE)


Forms = tuple[re.Pattern[str], re.Pattern[str] | None]
OPERATIONS: dict[str, Forms] = {
    name: (_forms(verbs), re.compile(_AFTER[name], re.IGNORECASE) if name in _AFTER else None)
    for name, verbs in _VERBS.items()
}
_TEXT = r"(?:“[^”]*”|\"[^\"]*\"|'[^']*'|(?!with\b|by\b)[^\s\"'“”]{1,60})"
FIND_REPLACE = re.compile(
    r"(?:please |can you |could you )?(?:find and )?(?:replace|substitute|change)(?: every| all| each)"
    rf"? (?P<find>{_TEXT})"
    rf" (?:with|by|to) (?P<by>{_TEXT}) in:? (?:the text |the phrase )?(?P<text>“[^”]*”|\"[^\"]*\"|'[^']*')[ .?!]*",
    re.IGNORECASE | re.DOTALL,
)


def form(*verbs: str, after: str = "") -> Forms:
    """How an operation may be asked for, by regular expressions before the text, and one after it."""
    return _forms(verbs), re.compile(after, re.IGNORECASE) if after else None


def payload(forms: Forms, question: str) -> str | None:
    """The text that a question is about, as it was typed; None if it doesn't ask for this."""
    before, after = forms
    question = question.strip()
    colon = question.find(":", 0, _LEAD)
    if colon > 0 and before.fullmatch(" ".join(question[:colon].split())):
        text = question[colon + 1 :].strip(" \t").removeprefix("\n")
        return unquoted(text) or None
    start = next((index for index, character in enumerate(question[:_LEAD]) if character in "“\"'`«\ue000"), None)
    if start is None:
        return None
    lead = " ".join(question[:start].split())
    rest = question[start:].rstrip(" ?.!")
    if lead and before.fullmatch(lead):
        return _whole(rest)
    if after is None or not re.fullmatch(_POLITE.rstrip("*") + "*", lead + " " if lead else "", re.IGNORECASE):
        return None
    for end in range(len(rest) - 1, max(0, len(rest) - 40), -1):
        if rest[end] in "”\"'`»\ue001" and after.fullmatch(rest[end + 1 :].strip()):
            return _whole(rest[: end + 1])
    return None


def _whole(text: str) -> str | None:
    if re.fullmatch(MARK, text):
        return text
    match = _QUOTED.fullmatch(text)
    if not match:
        return None
    # Two quoted texts are no one text.
    inner = next((part for part in match.groups() if part is not None), "")
    return inner if inner and text[0] not in inner else None


def unquoted(text: str) -> str:
    """A text without the quotation marks around all of it."""
    if text.strip() in {"''", '""', "“”"}:
        return ""
    return _whole(text.strip()) or text
