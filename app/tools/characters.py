"""Characters by their numbers and signs: Unicode, Morse code read, texts repeated; each checked the other way round."""

import re

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.forms import compiled, first_read
from app.language.references import MARK
from app.tools.tool import Arguments, Tool
from app.tools.words import MORSE

LONGEST = 1000
MOST_CHARACTERS = 20_000
_ASK = r"(?:please |can you |what is |what's |what are |give me |show me )*(?:the )?"
_QUOTED = r"\"[^\"]{1,200}\"|“[^”]{1,200}”|'[^']{1,200}'"
_SIGNS = r"(?P<text>[-./\u00b7\u2212 ]+|\"[-./ ]+\"|'[-./ ]+')"
_OF = r"(?: of| for)?:? (?:the )?(?:letter |character )?"
_COMPILED = compiled(
    (
        ("read", rf"{_ASK}(?:decode|read|translate)(?: the| this)? morse(?: code)?:? {_SIGNS}\??"),
        ("read", rf"{_ASK}(?:decode|read|translate) {_SIGNS} (?:from|in) morse(?: code)?[?.]?"),
        (
            "number",
            rf"{_ASK}(?:ascii|unicode)(?: code| value| code ?point| number)?s?{_OF}(?P<text>{_QUOTED}|[!-~])[?.]?",
        ),
        (
            "character",
            (
                rf"(?:which|{_ASK}) ?(?:character|letter|symbol) (?:with|of|for|has)(?: the)? (?:ascii|unicode)"
                r"(?: code| value| number)? (?P<text>[0-9]{1,7})[?.]?"
            ),
        ),
        ("repeat", rf"(?:please |can you )*repeat (?P<text>{_QUOTED}|\w{{1,60}}) (?P<times>[0-9]{{1,4}}) times[?.]?"),
    )
)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`ascii code of A`, `decode morse ... --- ...`, `repeat "ab" 3 times`."""
    text = " ".join(question.split())
    if len(text) > LONGEST or re.search(MARK, text):
        return None
    return first_read(text, _COMPILED, _plan)


def _plan(kind: str, match: re.Match[str]) -> Plan:
    text = match["text"].strip()
    text = text[1:-1] if len(text) > 2 and text[0] in "\"'“" else text
    text = text.translate(str.maketrans("\u00b7\u2212", ".-")) if kind == "read" else text
    times = match.groupdict().get("times") or ""
    return Plan([PlannedStep("characters", {"kind": kind, "text": text, "times": times})])


def solve(arguments: Arguments) -> Outcome:
    """The number, the character, or the text."""
    kind, text = arguments["kind"], arguments["text"]
    match kind:
        case "read":
            letters = {code: letter for letter, code in MORSE.items()}
            if not all(code in letters for word in text.split("/") for code in word.split()):
                raise ImpossibleError("that is no Morse code of letters and digits")
            value = " ".join("".join(letters[code] for code in word.split()) for word in text.split("/")).upper()
        case "number":
            value = " ".join(str(ord(character)) for character in text)
        case "character":
            number = int(text)
            if not 32 < number < 0x110000 or 0xD800 <= number < 0xE000:
                raise ImpossibleError("no character that can be shown has this number")
            value = chr(number)
        case "repeat":
            if len(text) * int(arguments["times"]) > MOST_CHARACTERS:
                raise ImpossibleError(f"a text has at most {MOST_CHARACTERS:,} characters here")
            value = text * int(arguments["times"])
        case _:
            raise ValueError("kind is read, number, character or repeat")
    if not value.strip():
        raise ImpossibleError("nothing is left of this text")
    return Outcome(value, value, f"{describe(arguments)}: {value}")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Writing what was read, reading what was written."""
    kind, text, value = arguments["kind"], arguments["text"], outcome.value
    match kind:
        case "read":
            again = [[MORSE[letter] for letter in word.lower()] for word in value.split(" ")]
            return Check(again == [word.split() for word in text.split("/")], "writing it in Morse code again")
        case "number":
            return Check("".join(chr(int(number)) for number in value.split()) == text, "reading it back")
        case "character":
            return Check(value.encode("utf-32-be") == int(text).to_bytes(4, "big"), "its encoding")
        case _:
            return Check(value.split(text) == [""] * (int(arguments["times"]) + 1), "cutting it apart")


def describe(arguments: Arguments) -> str:
    """`the number of “A” in Unicode`."""
    text = arguments["text"]
    return {
        "read": f"{text} from Morse code",
        "number": f"the number of “{text}” in Unicode",
        "character": f"the character with the number {text}",
        "repeat": f"“{text}” {arguments['times']} times",
    }.get(arguments["kind"], text)


TOOL = Tool(
    name="characters",
    summary="characters: their numbers in Unicode, Morse code read, texts repeated",
    examples=("ascii code of A", "decode morse ... --- ...", 'repeat "ab" 3 times'),
    parameters=("kind", "text", "times"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=1,
)
