"""What a recorded run printed, as a document: one block of plain text for each command."""

import json
import re

from tests.recording import cast

HEADING = """# A complete run, as printed

The commands of the README's recording and all that they printed, written by `make recording` on {date}. The account is
empty at first, and the images of the sandbox and of the application were built before. Times are those of that run.
"""
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def write(recording: str, date: str) -> str:
    """The document of an asciicast that play.py made."""
    events = (json.loads(line) for line in recording.splitlines()[1:])
    printed = "".join(text for _, kind, text in events if kind == "o")
    blocks = [_plain(block) for block in printed.split(cast.PAUSE)]
    return HEADING.format(date=date) + "".join(f"\n```text\n{block}\n```\n" for block in blocks if block)


def _plain(block: str) -> str:
    lines = _SEQUENCE.sub("", block).replace("\r\n", "\n").split("\n")
    # A carriage return begins the line anew.
    return "\n".join(line.rstrip("\r").rpartition("\r")[2].rstrip() for line in lines).strip("\n")
