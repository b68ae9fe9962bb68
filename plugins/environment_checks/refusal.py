"""A refusal: three lines that say what is wrong, the value found and how to fix it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Refusal(Exception):  # noqa: N818 - a refusal is not a defect of the program
    """Raised before anything was changed; its text is what the operator reads."""

    def __init__(self, problem: str, found: str, fix: str) -> None:
        super().__init__(f"{problem}\n  found: {found}\n  fix: {fix}")


def nearest(name: str, known: Iterable[str], cutoff: float) -> str | None:
    """The known name that is closest to a misspelt one. `cutoff`: 1 is equal, 0.9 a slip of a letter or two."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), None)
