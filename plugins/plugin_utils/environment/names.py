"""Misspelt names: which one was meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float) -> str | None:
    """The known name that is closest to a misspelt one. `cutoff`: 1 is equal, 0.9 a slip of a letter or two."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), None)
