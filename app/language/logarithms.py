"""The question back that `log` alone makes: some mean the logarithm to base 10 by it, some the natural one."""

import re

from app.language.errors import AmbiguousError, NotUnderstoodError

_LOG = re.compile(r"\blog(?=\s*[(|a-z0-9])", re.IGNORECASE)
_REPLIES = {
    "ln": "ln",
    "e": "ln",
    "base e": "ln",
    "lg": "lg",
    "log10": "lg",
    "10": "lg",
    "common": "lg",
    "decimal": "lg",
}


def ask_which_log(text: str) -> None:
    """Raise AmbiguousError if there is a `log` of no base in the text."""
    if _LOG.search(text):
        raise AmbiguousError(
            "Is log the logarithm to base 10, or the natural one?",
            r"log(?=\s*[(|a-z0-9])",
            {"base 10": "lg", "natural": "ln"},
            _function,
            pattern=True,
        )


def _function(reply: str) -> str:
    name = reply.strip(" .!").lower()
    if name not in _REPLIES:
        raise NotUnderstoodError(reply)
    return _REPLIES[name]
