"""A model's words are let through as far as every number in them is known: from the results, or from the person.

Words are sent on while they come, so they are looked at while they come: never is more let through than was looked at.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from app.model.errors import NonsenseError

# Words on their way are sent on at most so often.
DELTA_SECONDS = 0.1
LONGEST_TALK = 8_000

# A sign counts where it is one: not in 3-5 and 2026-01-31.
_NUMBER = re.compile(r"(?:(?<![\w)\]])[-\u2212\u2013])?\d(?:[\d.,'\u2019\u00a0\u202f\u2009]*\d)?")
_GROUPED = re.compile(r"\d{1,3}(?:([,'\u2019\u00a0\u202f\u2009])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
# Numbers that no digit shows: ½, ², Ⅷ.
_OTHER_NUMERALS = re.compile(r"[^\W\d_]*[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b]+")
_WORDS = {
    name: value
    for value, names in {
        2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
        11: "eleven", 12: "twelve dozen", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen",
        18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty",
        70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred", 1000: "thousand", 10**6: "million", 10**9: "billion",
        10**12: "trillion",
    }.items()
    for name in names.split()
}  # fmt: skip
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})s?\b", re.IGNORECASE)


class WrongNumberError(NonsenseError):
    """A number that nobody computed and nobody gave."""


def numbers(text: str) -> set[str]:
    """The numbers in a text, each in one form however it is written: 1,253.60 is 1253.6."""
    found = {_form(match[0]) for match in _NUMBER.finditer(text)}
    found |= {match[0] for match in _OTHER_NUMERALS.finditer(text)}
    found |= {str(_WORDS[match[0].lower().removesuffix("s")]) for match in _WORD.finditer(text)}
    return found


def _form(written: str) -> str:
    sign = "-" if written[0] in "-\u2212\u2013" else ""
    digits = written.lstrip("-\u2212\u2013")
    if _GROUPED.fullmatch(digits):
        digits = re.sub("[,'\u2019\u00a0\u202f\u2009]", "", digits)
    elif _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    elif not _PLAIN.fullmatch(digits):
        # No number but a date or a version: it is known as it stands, or not.
        return written
    value = Decimal(digits)
    shown = format(value, "f")
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return sign + shown if value else "0"


class Guard:
    """Lets words through up to the first number that is not in `sources`; all of `results` must be said by the end."""

    def __init__(self, sources: Iterable[str], results: Sequence[str]) -> None:
        self._known = set().union(*(numbers(source) for source in (*sources, *results)))
        self._results = results
        self._held = ""
        self.text = ""

    def feed(self, piece: str) -> str:
        """What may be sent now; a word that may yet go on waits. Raises WrongNumberError."""
        self._held += piece
        # A number's last characters may come with the next piece.
        return self._pass(max(self._held.rfind(" "), self._held.rfind("\n")) + 1)

    def end(self) -> str:
        """What is left. Raises WrongNumberError, also where a result was not said."""
        rest = self._pass(len(self._held))
        said, words = numbers(self.text), self.text.casefold()
        for result in self._results:
            needed = numbers(result)
            if not needed <= said or not (needed or result.casefold() in words):
                raise WrongNumberError(f"left {result[:40]} out of its answer")
        return rest

    def _pass(self, end: int) -> str:
        ready, self._held = self._held[:end], self._held[end:]
        if wrong := numbers(ready) - self._known:
            raise WrongNumberError(f"wrote the number {min(wrong)[:40]}, which is in no result")
        self.text += ready
        return ready


class Unguarded:
    """Lets all words through: those of a talk, up to a length."""

    def __init__(self) -> None:
        self.text = ""

    def feed(self, piece: str) -> str:
        """The piece."""
        self.text += piece
        if len(self.text) > LONGEST_TALK:
            raise NonsenseError("did not come to an end")
        return piece

    def end(self) -> str:
        """Nothing is left."""
        return ""


class Deltas:
    """Words gathered to a few events a second."""

    def __init__(self, stream: Callable[[str], None]) -> None:
        self._stream = stream
        self._held = ""
        self._last = 0.0

    def add(self, text: str) -> None:
        """Words to be sent, now or soon."""
        self._held += text
        if time.monotonic() - self._last >= DELTA_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self._stream(self._held)
            self._held, self._last = "", time.monotonic()
