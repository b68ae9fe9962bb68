"""Words that mean an earlier result: `it`, `the rest`, `the deposit`, `step 2`; in a text they become marks.

A mark is a number between two characters of Unicode's private use area, which nobody types and which are removed from
what is typed. The parser reads it as a value that is not known yet.
"""

import re
from collections.abc import Callable, Iterable

_OPEN, _CLOSE = "\ue000", "\ue001"
MARK = f"{_OPEN}[0-9]{{1,3}}{_CLOSE}"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LAST = (
    r"it|that|this|them|that (?:result|answer|number|value|amount|sum|date|day|text)|this (?:result|answer|number)",
    r"(?:the |that )?(?:previous|last) (?:result|answer|one|value)",
    r"the (?:result|answer|outcome|number|value|latter)",
)
_NUMBERED = (
    r"(?:the )?(?:result|answer) (?:of|to|from) (?:step|part|question|line) (?P<of>[0-9]{1,2})",
    r"(?:step|part|line|result|answer) (?P<number>[0-9]{1,2})",
    rf"the (?P<ordinal>{'|'.join(_ORDINALS)}) (?:result|answer|one|number|value)",
)


def mark(number: int) -> str:
    """What stands in a text for the result of step `number`."""
    return f"{_OPEN}{number}{_CLOSE}"


def marked(text: str) -> int | None:
    """The step whose mark `text` is, or None if it is no mark alone."""
    text = text.strip()
    return int(text[1:-1]) if re.fullmatch(MARK, text) else None


def typed(text: str) -> str:
    """`text` without the characters that marks are made of."""
    return text.replace(_OPEN, " ").replace(_CLOSE, " ")


def unmarked(text: str, phrase: str = "it") -> str:
    """`text` for a person: a word instead of each mark."""
    return re.sub(MARK, phrase, text)


def refer(text: str, names: Iterable[str], by_name: Callable[[str], int], by_part: Callable[[int], int | None]) -> str:
    """`text` with marks for all words that mean an earlier result.

    by_name: the step a name of `names` means, or `it` for the last. by_part: the last step of a part of the task.
    """
    known = sorted((name for name in names if name != "it"), key=len, reverse=True)
    forms = [f"(?P<part>{'|'.join(_plain(_NUMBERED))})"]
    if known:
        named = "|".join(re.escape(name) for name in known)
        forms.append(rf"(?:(?:the|this|that|my|its|their|our) )?(?P<name>{named})")
    forms.append(f"(?P<last>{'|'.join(_LAST)})")
    # Not before a number or a bracket: "the sum of 3 and 4" is no reference, nor is "rest(".
    words = re.compile(rf"(?<![\w'])(?:{'|'.join(forms)})(?![\w'(])(?! (?:of|is|was|:|=) ?[-+0-9.$€£(])", re.IGNORECASE)

    def replace(match: re.Match[str]) -> str:
        if match["part"]:
            step = by_part(_part(match["part"]))
            return match[0] if step is None else mark(step)
        name = match["name"] if known and match["name"] else "it"
        return mark(by_name(" ".join(name.lower().split())))

    return words.sub(replace, text)


def _plain(forms: Iterable[str]) -> list[str]:
    return [re.sub(r"\?P<[a-z]+>", "?:", form) for form in forms]


def _part(text: str) -> int:
    for form in _NUMBERED:
        if match := re.fullmatch(form, text, re.IGNORECASE):
            found = match[1].lower()
            return int(found) if found.isdigit() else _ORDINALS.index(found) + 1
    return 0
