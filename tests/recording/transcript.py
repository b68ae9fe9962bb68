"""What a recorded run printed, as a document: one block of plain text for each command."""

import json
import re

from tests.recording import cast

HEADING = """# A complete run, as printed

The commands of the README's recording and all that they printed, written by `make recording` on {date}. The account is
empty at first, and the images of the sandbox and of the application were built before. Times are those of that run.
"""
# In a text without sequences of the terminal's: a form feed.
_PAUSE = "\f"
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def write(recording: str, date: str) -> str:
    """The document of an asciicast that play.py made."""
    blocks = plain(recording).split(_PAUSE)
    return HEADING.format(date=date) + "".join(
        f"\n```text\n{block}\n```\n" for one in blocks if (block := one.strip("\n"))
    )


def plain(recording: str) -> str:
    """All that was printed, without colours, with a mark after each command."""
    events = (json.loads(line) for line in recording.splitlines()[1:])
    printed = "".join(text for _, kind, text in events if kind == "o").replace(cast.PAUSE, _PAUSE)
    lines = _SEQUENCE.sub("", printed).replace("\r\n", "\n").split("\n")
    # A carriage return begins the line anew.
    return "\n".join(line.rstrip("\r").rpartition("\r")[2].rstrip(" ") for line in lines)
