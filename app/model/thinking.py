"""What a model thinks aloud before it answers, `<think>…</think>`, is not its answer."""

from collections.abc import Iterable, Iterator

_OPEN, _CLOSE = "<think>", "</think>"


def spoken(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without a thought at their beginning, and without the space before what is said."""
    held, begun, thinking = "", False, False
    for piece in pieces:
        if begun:
            yield piece
            continue
        held = (held + piece).lstrip()
        if held.startswith(_OPEN):
            thinking = True
        if thinking:
            if _CLOSE not in held:
                # Only its end can still be cut in two.
                held = _OPEN + held[-len(_CLOSE) :]
                continue
            held, thinking = held.partition(_CLOSE)[2].lstrip(), False
            begun = bool(held)
        elif held and not _OPEN.startswith(held):
            begun = True
        if begun:
            yield held
    if not begun and not thinking and held:
        yield held
