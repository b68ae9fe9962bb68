"""A question stripped of its politeness: what is left is what is asked."""

import re
import unicodedata
from functools import lru_cache

from app.language.shorthand import expanded
from app.language.word_numbers import in_digits

_OPENINGS = (
    r"please|hey|hi|hello|ok|okay|so|and|now",
    r"(?:can|could|would) you (?:please )?(?:tell me|work out|compute|calculate|find)",
    r"(?:can|could|would|will) you(?: please)?",
    r"what (?:do|would|will) (?:i|you|we) (?:get|have) (?:if|when) (?:i|you|we)",
    r"how (?:do|can|would) (?:i|you|we) (?=calculate|compute|work out|find|solve|convert|write|add|subtract)",
    r"how (?:heavy|long|tall|far|big|fast|hot|cold|large|wide|deep|high|warm|much|many) (?:is|are)(?= [-0-9$€£])",
    r"tell me|let me know|show me|i want to know|i'd like to know|i would like to know|do you know",
    r"(?:i|we) (?:pay|need|want|would like|have to pay|make|put down)",
    (
        r"(?:the )?(?:density|pressure|temperature|weight|mass|length|height|volume|power)(?: of)?"
        r"(?= [0-9])"
    ),
    r"what is|what's|what\u2019s|whats|what are|what was|how much is|how much are",
    r"calculate|compute|evaluate|work out|find|solve|determine|give me|convert|express",
    r"the answer (?:to|of)",
    r"the (?:value|result) of",
)
_OPENING = re.compile(rf"(?:{'|'.join(_OPENINGS)})\b[\s,:]*", re.IGNORECASE)
_CLOSING = re.compile(r"[\s,]+(?:please|thanks|thank you|equals|is)$", re.IGNORECASE)
_ENDING = " ,?.!=\ufe0f\u200d"
# Signs without a width, and what stands for the usual ones in wide letters.
_SAME = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    map(ord, "\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u2060\ufeff")
)
_WHAT = re.compile(r"^what (?=[-0-9(]|[a-z-]+ (?:times|plus|minus|divided|squared|cubed)\b)", re.IGNORECASE)
_PERCENT = re.compile(r"^how (?:many|much) (?:percent|per cent|percentage|%)(?: (?:of|from))? ", re.IGNORECASE)
# `5'11"`
_FEET = re.compile(r"(?<![\w'])([0-9]{1,3}) ?['\u2019\u2032] ?([0-9]{1,2}(?:\.[0-9]{1,2})?) ?(?:[\"\u201d\u2033]|'')")
# `2h 30m`, `1h30`; `2 hours and 30 minutes`, unless these are two.
_HOURS = re.compile(
    r"(?<![0-9.,/^])([0-9]{1,4}) ?h(?:rs?)? ?([0-9]{1,2}) ?(?:m|min|mins|minutes)?(?![a-z0-9.,:/^])", re.IGNORECASE
)
_AND_MINUTES = re.compile(
    r"(?<!between )(?<!of )(?<!add )(?<![0-9.,])(?:([0-9]{1,4} days?) and ([0-9]{1,4} hours?)"
    r"|([0-9]{1,4} hours?) and ([0-9]{1,4} minutes?)|([0-9]{1,4} minutes?) and ([0-9]{1,4} seconds?))\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"how (?:many|much) (?P<unit>.+?) (?:(?:are|is)(?: there)? in|does|do|make|makes|in|are|is) (?P<rest>.+?)"
    r"(?: (?:make|equal|have))?",
    re.IGNORECASE,
)


# Every tool asks for the same text, one after the other.
@lru_cache(maxsize=4)
def bare(question: str) -> str:
    """The question on one line without openings and closings: `What is 2 + 2, please?` is `2 + 2`."""
    text = " ".join(question.translate(_SAME).split())
    text = _without_closing(text)
    while match := _OPENING.match(text):
        text = text[match.end() :]
    # `what seventeen times two is`: the closing is gone by now.
    return _PERCENT.sub("what percent ", _WHAT.sub("", text))


def _without_closing(text: str) -> str:
    ended = _without_signs(text)
    if closing := _CLOSING.search(ended[-20:]):
        return _without_signs(ended[: len(ended) - len(closing[0])])
    return ended


def _without_signs(text: str) -> str:
    """The text without its last signs and smiling faces, but for those of a factorial."""
    end = len(text)
    while end and (text[end - 1] in _ENDING or (text[end - 1] != "°" and unicodedata.category(text[end - 1]) == "So")):
        end -= 1
    factorial = re.match("!{1,3}", text[end : end + 3])
    return text[:end] + (factorial[0] if factorial and re.search("[0-9)]$", text[max(0, end - 1) : end]) else "")


@lru_cache(maxsize=4)
def asked(question: str) -> str:
    """The bare question with numbers in digits, however they were written."""
    text = _FEET.sub(r"\1 feet \2 inches", bare(question))
    text = _HOURS.sub(r"\1 hours \2 minutes", in_digits(text))
    return expanded(_AND_MINUTES.sub(_together, text))


def _together(match: re.Match[str]) -> str:
    return " ".join(filter(None, match.groups()))


def how_many(text: str) -> str:
    """A bare question after a number of units as a conversion: `how many feet are in 3 miles` is `3 miles in feet`."""
    match = _HOW_MANY.fullmatch(text)
    return f"{match['rest']} in {match['unit']}" if match else text
