"""What is done with the letters and words of a text, each with a check of its result by another way."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

_VOWELS = "aeiou"


def _longest(text: str) -> str:
    return max(text.split(), key=len, default="")


def _shortest(text: str) -> str:
    return min(text.split(), key=len, default="")


def _is_longest(text: str, result: str) -> bool:
    return result in text.split() and all(len(word) <= len(result) for word in re.findall(r"\S+", text))


def _is_shortest(text: str, result: str) -> bool:
    return result in text.split() and all(len(word) >= len(result) for word in re.findall(r"\S+", text))


def _is_swapped(text: str, result: str) -> bool:
    pairs = zip(text, result, strict=len(text) == len(result))
    return result.casefold() == text.casefold() and all(
        one != other for one, other in pairs if one.upper() != one.lower()
    )


def _is_sorted(text: str, result: str) -> bool:
    return Counter(result) == Counter(text) and all(one <= other for one, other in pairwise(result))


TRANSFORMS: dict[str, Callable[[str], str]] = {
    "longest word": _longest,
    "shortest word": _shortest,
    "remove spaces": lambda text: "".join(text.split()),
    "swap case": str.swapcase,
    "acronym": lambda text: "".join(word[:1].upper() for word in text.split()),
    "sort letters": lambda text: "".join(sorted(text)),
}
# For each of them: whether the second is what it makes of the first, and how that is found.
CHECKS: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "longest word": (_is_longest, "measuring each word"),
    "shortest word": (_is_shortest, "measuring each word"),
    "remove spaces": (lambda text, result: result == re.sub(r"\s", "", text), "taking away one at a time"),
    "swap case": (_is_swapped, "comparing letter by letter"),
    "acronym": (
        lambda text, result: result.casefold() == "".join(re.findall(r"(?<!\S)\S", text)).casefold(),
        "reading the beginnings",
    ),
    "sort letters": (_is_sorted, "comparing neighbours, and counting"),
}
NAMES = {
    "longest word": "by its longest word",
    "shortest word": "by its shortest word",
    "remove spaces": "without spaces",
    "swap case": "with its case swapped",
    "acronym": "by its first letters",
    "sort letters": "with its letters sorted",
}


def vowels(plain: str) -> int:
    """The vowels of a text in lower case, whose accents are characters of their own."""
    return sum(character in _VOWELS for character in plain)


def consonants(plain: str) -> int:
    """The letters that are no vowels."""
    return sum(character.isalpha() and character not in _VOWELS for character in plain)
