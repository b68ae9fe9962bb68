"""A question stripped of its politeness: what is left is what is asked."""

import re

_OPENINGS = (
    r"please|hey|hi|hello|ok|okay|so|and|now",
    r"(?:can|could|would) you (?:please )?(?:tell me|work out|compute|calculate|find)",
    r"tell me|i want to know|do you know",
    r"what is|what's|whats|what are|how much is|how much are",
    r"calculate|compute|evaluate|work out|find|solve|give me|convert|express",
    r"the (?:value|result|sum) of",
)
_OPENING = re.compile(rf"(?:{'|'.join(_OPENINGS)})\b[\s,:]*", re.IGNORECASE)
_CLOSING = re.compile(r"[\s,]*(?:please|thanks|thank you|equals|is|=)?[\s?.!=]*$", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"how (?:many|much) (?P<unit>.+?) (?:(?:are|is)(?: there)? in|does|do|make|makes|in|are|is) (?P<rest>.+?)"
    r"(?: (?:make|equal|have))?",
    re.IGNORECASE,
)


def bare(question: str) -> str:
    """The question on one line without openings and closings: `What is 2 + 2, please?` is `2 + 2`."""
    text = " ".join(question.split())
    if closing := _CLOSING.search(text):
        # A factorial keeps its sign: "5!" is not an exclamation.
        factorial = re.match(r"[0-9)]!", text[max(0, closing.start() - 1) :])
        text = text[: closing.start()] + ("!" if factorial else "")
    while match := _OPENING.match(text):
        text = text[match.end() :]
    return text


def how_many(text: str) -> str:
    """A bare question after a number of units as a conversion: `how many feet are in 3 miles` is `3 miles in feet`."""
    match = _HOW_MANY.fullmatch(text)
    return f"{match['rest']} in {match['unit']}" if match else text
