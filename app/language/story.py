"""A story told in a known vocabulary: its quantities and its words; one word that is not known, and it is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.parser import measures
from app.language.quantity import Quantity, dimension

LONGEST = 400
MOST_NUMBERS = 8
# A bare question has lost its `what is`.
_ASKS = re.compile(r"\b(?:how|when|what|find|calculate)\b|^the\b", re.IGNORECASE)
_NUMBER = re.compile("[0-9]+")
# A large letter within a sentence begins a name.
_NAME = re.compile(r"(?<=[a-z,0-9] )[A-Z][a-z]+\b")
TIME, LENGTH, SPEED = (("time", 1),), (("length", 1),), (("length", 1), ("time", -1))
# Words of any story.
_COMMON = """
a an the and or it its they them their is are be will would does do did can could to of in at from
for with by on that which this these if when how long much many what find calculate take takes need
needs until then also has have same time one first second other another each after so there he she
his her i we you alone only hour hours minute minutes day days
"""


@dataclass(frozen=True)
class Story:
    """The text in small letters, and its quantities in the order in which they come."""

    text: str
    quantities: tuple[Quantity, ...]

    def of(self, kind: tuple[tuple[str, int], ...]) -> list[Quantity]:
        """The quantities of a dimension."""
        return [quantity for quantity in self.quantities if dimension(quantity.units) == kind]

    def says(self, *words: str) -> bool:
        """Whether one of these words or phrases is in it."""
        return any(re.search(rf"\b{word}\b", self.text) for word in words)


def read_story(text: str, vocabulary: str) -> Story | None:
    """The story, or None if any word of it is neither common nor in `vocabulary`, words between blanks."""
    # Before anything is measured: a story asks, and has a few numbers.
    if len(text) > LONGEST or not _ASKS.search(text) or not 0 < len(_NUMBER.findall(text)) <= MOST_NUMBERS:
        return None
    names = {name.lower() for name in _NAME.findall(text)}
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text.lower())
    try:
        found, words = measures(text)
        quantities = tuple(evaluate(node) for node in found)
    except (NotUnderstoodError, ImpossibleError):
        return None
    known = {*_COMMON.split(), *vocabulary.split(), *names}
    return Story(text, quantities) if all(word in known for word in words) else None
