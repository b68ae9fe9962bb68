"""Shortens a recording (asciicast v2: a header, then one JSON list of time, kind and text a line)."""

import json
from typing import Any

# A command of the terminal's that means nothing to any: play.py says by it that a person wants to read.
PAUSE = "\x1b]7777;pause\x1b\\"
PAUSE_SECONDS = 2.0
IDLE_SECONDS = 0.3
# What comes within this time is one frame. Each costs bytes in the SVG.
FRAME_SECONDS = 0.15


def shorten(recording: str) -> str:
    """The same recording with capped pauses, one frame for what comes at once, and a rest at the end.

    Raises ValueError for what is not asciicast v2.
    """
    lines = recording.splitlines()
    header = json.loads(lines[0])
    if header.get("version") != 2:
        raise ValueError(f"not an asciicast of version 2: {lines[0]}")
    frames: list[list[Any]] = []
    # The time in the recording and the time in the result, of what came last.
    recorded = shown = 0.0
    rest = 0.0
    for line in lines[1:]:
        moment, kind, text = json.loads(line)
        if kind != "o":
            continue
        shown += max(min(moment - recorded, IDLE_SECONDS), rest)
        recorded, rest = moment, 0.0
        if PAUSE in text:
            text, rest = text.replace(PAUSE, ""), PAUSE_SECONDS
        if frames and shown - frames[-1][0] < FRAME_SECONDS:
            frames[-1][2] += text
        else:
            frames.append([round(shown, 3), "o", text])
    # Its last frame would otherwise be gone at once when it begins anew.
    frames.append([round(shown + 2 * PAUSE_SECONDS, 3), "o", ""])
    header = {key: header[key] for key in ("version", "width", "height")}
    return "\n".join(json.dumps(line) for line in (header, *frames)) + "\n"
