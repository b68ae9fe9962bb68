"""Questions that are told by their form: regular expressions, each for one kind of question."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from app.language.errors import NotUnderstoodError

Forms = list[tuple[str, re.Pattern[str]]]
Read = TypeVar("Read")


def compiled(forms: Iterable[tuple[str, str]]) -> Forms:
    """Forms (kind, expression) that match in either case."""
    return [(kind, re.compile(form, re.IGNORECASE)) for kind, form in forms]


def first_read(text: str, forms: Forms, read: Callable[[str, re.Match[str]], Read]) -> Read | None:
    """What `read` makes of the first form that is the whole text and that it understands; None where there is none."""
    for kind, form in forms:
        if match := form.fullmatch(text):
            try:
                return read(kind, match)
            except NotUnderstoodError:
                continue
    return None
