"""Whatever is repeated in a text, however often, it is read to its end.

No time is measured here: a reader whose time grows exponentially, or with the square of a long text, does not end.
How time grows is measured in tests/bench/reading_time.py.
"""

from contextlib import suppress

import pytest

from app.agents.context import Context
from app.language.errors import AmbiguousError, ImpossibleError
from app.tools import registry

# The first words of what each tool can be asked, and lists above all.
BEGINNINGS = sorted(
    {" ".join(tool.examples[0].split()[:2]) for tool in registry().values()}
    | {
        *("sum of", "the total of", "add", "multiply", "product of", "mean of", "weighted mean of", "sort:"),
        *("remove duplicates from:", "sort the numbers", "gcd of", "what percent of", "how many ways", "convert"),
        *("working days between 2026-01-01 and 2026-02-01 without", "correlation of", "x =", "limit of", "replace 'a'"),
    }
)
REPEATED = (
    *(
        "x, ",
        "a,",
        "1, ",
        "1,000,",
        "$10.10, ",
        "5 km, ",
        "1 and ",
        "a and ",
        "1 ",
        " ",
        "1",
        "a",
        "(",
        ")",
        "[1,",
        "- ",
    ),
    *("1 + ", "2026-01-01, ", "1:30 ", "the ", "of ", '"', "''", ":", "a: ", "times ", "=", "!", "? "),
)
ENDS = ("", ":", " and x?", ")")
# A reader of exponential time would not come to the end of the first, one of quadratic time not to that of the second.
COUNT = 120
LONG = 60_000

pytestmark = pytest.mark.timeout(600)


def read(text: str) -> None:
    """Let every tool read it."""
    for tool in registry().values():
        with suppress(AmbiguousError, ImpossibleError):
            tool.read(text, Context())


@pytest.mark.parametrize("repeated", REPEATED)
def test_repetition_is_read_to_its_end(repeated: str) -> None:
    for beginning in BEGINNINGS:
        read(f"{beginning} {repeated * COUNT}{ENDS[len(beginning) % len(ENDS)]}")


@pytest.mark.parametrize("repeated", REPEATED)
def test_long_text_is_read_to_its_end(repeated: str) -> None:
    for beginning in ("", "sum of", "sort:", "what is"):
        read(f"{beginning} {repeated * (LONG // len(repeated))}:")
