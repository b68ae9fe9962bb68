"""Reading time: whatever is repeated in a text, reading more of it takes in proportion more time, or little more."""

import gc
import time
from collections.abc import Iterator

import pytest

from app.tools import registry
from tests.properties.test_reading_ends import BEGINNINGS, ENDS, REPEATED, read
from tests.unit.app.test_reading import HOSTILE, hostile_mixtures, read_task_of
from tests.unit.app.test_word_problems import WORDS, long_word_problems

# The steps from one count to the next are small at first, so that a reader of exponential time is found out early.
COUNTS = (12, 16, 20, 24, 120)
LONG = (30_000, 60_000)
# Of the next count, at most; a reader whose time doubles with each item needs 16 times the time for four more.
FACTOR = 12
# Below this, in seconds, is no telling.
LEAST = 0.02


@pytest.fixture(autouse=True, scope="module")
def uncollected() -> Iterator[None]:
    """Whoever allocates when a collection is due pays for what all of the process holds."""
    gc.disable()
    yield
    gc.enable()


def reading_time(text: str) -> float:
    """Seconds of this thread alone: other tests may have left threads of theirs at work."""
    started = time.thread_time()
    read(text)
    return time.thread_time() - started


def assert_in_proportion(texts: list[str]) -> None:
    before = LEAST
    for text in texts:
        taken = reading_time(text)
        assert taken <= FACTOR * before, f"{taken:.2f} s after {before:.2f} s: {text[:80]!r}, {len(text)} characters"
        before = max(LEAST, taken)


@pytest.mark.parametrize("repeated", REPEATED)
def test_repeating_something_takes_little_more_time(repeated: str) -> None:
    for beginning in BEGINNINGS:
        end = ENDS[len(beginning) % len(ENDS)]
        assert_in_proportion([f"{beginning} {repeated * count}{end}" for count in COUNTS])


@pytest.mark.parametrize("repeated", REPEATED)
def test_long_texts_take_time_in_proportion_to_their_length(repeated: str) -> None:
    for beginning in ("", "sum of", "sort:", "what is"):
        assert_in_proportion([f"{beginning} {repeated * (size // len(repeated))}:" for size in LONG])


@pytest.mark.parametrize(
    ("beginning", "item", "end"),
    [
        ("sum of ", "x", ""),
        ("What is the total of ", "$10.10", "?"),
        ("sum of ", "5 km", ""),
        ("sort: ", "a", ":"),
        ("remove duplicates from: ", "a", ":"),
    ],
)
def test_a_list_is_taken_apart_in_one_go(beginning: str, item: str, end: str) -> None:
    assert_in_proportion([f"{beginning}{', '.join([item] * count)}{end}" for count in (12, 16, 20, 24, 60)])


def task_reading_time(text: str) -> float:
    registry()
    started = time.thread_time()
    read_task_of(text)
    return time.thread_time() - started


@pytest.mark.parametrize("text", [*HOSTILE.values(), *hostile_mixtures()])
def test_hostile_text_is_read_in_six_seconds(text: str) -> None:
    assert task_reading_time(text) < 6


@pytest.mark.parametrize("word", WORDS)
def test_long_word_problem_is_read_in_a_second(word: str) -> None:
    for text in long_word_problems(word):
        assert task_reading_time(text) < 1, text
