"""Stories of a job done together and of tanks that are filled and emptied, each alone in a time of its own."""

import re

from app.language.quantity import Quantity
from app.language.story import TIME, read_story

_WORDS = """
paint paints painting house room wall fence job task work works working build builds building dig digs ditch
mow mows lawn clean cleans finish finishes complete completes do does alone together both all jointly fill
fills filling tank pool bath bathtub cistern basin reservoir pipe pipes tap taps hose hoses pump pumps drain
drains empty empties emptying leak leaks outlet inlet open opened opens full person worker workers machine
machines printer printers man woman painter painters alice bob tom jane ann anna john mary peter paul sam cold
hot a b c x y print prints
"""
_EMPTIES = re.compile(r"\b(?:empty|empties|emptying|drains?|leaks?|outlet)\b")
_CLAUSE = re.compile(r"[,.;]|\band\b|\bwhile\b|\bbut\b")


def read_work(text: str) -> list[tuple[int, Quantity]] | None:
    """How long each takes alone, -1 with those that empty; None for any other text, or if not all work together."""
    story = read_story(text, _WORDS)
    if story is None or not story.says("together", "both", "all", "jointly", "are opened", "are open"):
        return None
    times = story.of(TIME)
    asks = story.says("how long", "how many hours", "how many minutes", "how many days")
    # A time after the question, or one for both of them, would be something else.
    if not asks or len(times) < 2 or len(times) != len(story.quantities) or _both_take(story.text):
        return None
    signs = _signs(story.text, len(times))
    return list(zip(signs, times, strict=True)) if signs else None


def _both_take(text: str) -> bool:
    """Whether a number is that of all of them: `together they need 2 hours`, `6 hours for 3 rooms`."""
    clauses = [clause for clause in re.split(r"[,.;]", text) if re.search("[0-9]", clause)]
    return any(re.search(r"\b(?:together|both|all|how)\b", clause) for clause in clauses)


def _signs(text: str, count: int) -> list[int]:
    """+1 or -1 for each clause that has a time; empty if a clause has two."""
    signs = []
    for clause in _CLAUSE.split(text):
        numbers = len(re.findall(r"[0-9]+(?:\.[0-9]+)?", clause))
        if numbers > 1:
            return []
        if numbers:
            signs.append(-1 if _EMPTIES.search(clause) else 1)
    if len(signs) != count:
        return []
    # Of what is only emptied, that is the job.
    return [1] * count if set(signs) == {-1} else signs
