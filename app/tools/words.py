"""Letters and words: ciphers, occurrences, palindromes, anagrams, names in other cases; checked another way."""

import itertools
import re
from collections import Counter
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.forms import compiled, first_read
from app.language.lists import items
from app.language.numbers import NUMBER, read_number
from app.language.references import MARK
from app.tools.tool import Arguments, Tool

LONGEST = 2000
# In quotation marks, or one word; no mark of an earlier result, which only other tools take.
_QUOTED = r"\"[^\"]{1,1000}\"|“[^”]{1,1000}”|'[^']{1,1000}'"
_WORD = r"(?!(?:it|this|that|the|a|an|these|text|word|words|string)\b)[^\s\"'“”?:,]{1,60}"
_TEXT = rf"(?P<text>{_QUOTED}|{_WORD})"
_OTHER = _TEXT.replace("?P<text>", "?P<other>")
_LETTER = rf"(?P<other>{_QUOTED}|[a-z])"
_THE = r"(?:(?:the|this|following) )?(?:(?:text|string|word|phrase|sentence|message):? )?"
_BY = (
    r"(?:with|by|using)(?: an?)? (?:caesar )?(?:cipher )?(?:with )?(?:an? )?(?:shift|key|offset)?(?: of)?"
    r" ?(?P<shift>[0-9]{1,2})(?: letters)?"
)
_LIST = r"(?P<text>[^:]+)"
_ASK = r"(?:please |can you |could you |what is |what's |give me |show me |calculate |compute )*(?:the )?"
_COMPILED = compiled(
    (
        ("caesar 13", rf"{_ASK}rot-?13(?: of| encode| decode| for)?:? {_THE}{_TEXT}"),
        ("caesar 13", rf"{_ASK}(?:encode|decode|encrypt|decrypt) {_THE}{_TEXT} (?:with|using|in|by|from) rot-?13"),
        (
            "caesar",
            rf"{_ASK}caesar (?:cipher|shift|code)(?: of| for)?:? {_THE}{_TEXT},? {_BY}",
        ),
        (
            "caesar",
            rf"{_ASK}(?:encrypt|encode|shift|encipher) {_THE}{_TEXT} {_BY}",
        ),
        (
            "uncaesar",
            rf"{_ASK}(?:decrypt|decode|decipher) {_THE}{_TEXT} {_BY}",
        ),
        ("morse", rf"{_ASK}morse(?: code)?(?: of| for)?:? {_THE}{_TEXT}"),
        ("morse", rf"{_ASK}{_TEXT} in morse(?: code)?"),
        (
            "occurrences",
            (
                rf"how (?:many times|often) does (?:the )?(?:letter |character |word )?{_OTHER} (?:occur|appear|come"
                rf" up|show up) in {_THE}{_TEXT}"
            ),
        ),
        (
            "occurrences",
            (
                rf"(?:how many|count(?: the)?|(?:the )?number of)(?: letters?| characters?)?"
                rf" {_LETTER}(?:['\u2019]?s)? (?:are (?:there )?|is )?in {_THE}{_TEXT}"
            ),
        ),
        ("palindrome", rf"is {_THE}{_TEXT} a palindrome"),
        ("anagram", rf"(?:are {_TEXT} and {_OTHER} anagrams(?: of each other)?)"),
        ("anagram", rf"is {_TEXT} an anagram of {_OTHER}"),
        *(
            (f"{kind} case", rf"{_ASK}(?:convert |put |turn |write )?{_TEXT} (?:in|to|into|as) {kind}[ _-]?case")
            for kind in ("snake", "camel", "kebab", "pascal")
        ),
        *(
            (f"{kind} case", rf"{_ASK}{kind}[ _-]?case(?: of| for)?:? {_THE}{_TEXT}")
            for kind in ("snake", "camel", "kebab", "pascal")
        ),
        ("first", rf"{_ASK}first (?P<shift>[0-9]{{1,3}}) (?:letters|characters) (?:of|in) {_THE}{_TEXT}"),
        ("last", rf"{_ASK}last (?P<shift>[0-9]{{1,3}}) (?:letters|characters) (?:of|in) {_THE}{_TEXT}"),
        (
            "sorted",
            (
                rf"(?:please |can you )*(?:sort|order|alphabeti[sz]e)(?: (?:these|the|this|following))?(?:"
                rf" (?:words|names|items|list))?(?: (?:alphabetically|in alphabetical order))?: {_LIST}"
            ),
        ),
        (
            "unique",
            (
                rf"(?:please |can you )*(?:remove|delete|drop) (?:the )?(?:duplicates|repeated (?:words|items))"
                rf" (?:from|in)(?: (?:the |this )?list)?:? {_LIST}"
            ),
        ),
        (
            "ascending",
            (
                r"(?:please |can you )*(?:sort|order)(?: (?:these|the))? numbers:? (?P<text>[-0-9.,; and]*[0-9])(?:"
                r" (?:in )?ascending(?: order)?| from (?:smallest|lowest) to (?:largest|highest))?"
            ),
        ),
        (
            "descending",
            (
                r"(?:please |can you )*(?:sort|order)(?: (?:these|the))? numbers:? (?P<text>[-0-9.,; and]*[0-9])"
                r" (?:(?:in )?descending(?: order)?|from (?:largest|highest) to (?:smallest|lowest))"
            ),
        ),
    )
)
MORSE = {
    "a": ".-", "b": "-...", "c": "-.-.", "d": "-..", "e": ".", "f": "..-.", "g": "--.", "h": "....", "i": "..",
    "j": ".---", "k": "-.-", "l": ".-..", "m": "--", "n": "-.", "o": "---", "p": ".--.", "q": "--.-",
    "r": ".-.", "s": "...", "t": "-", "u": "..-", "v": "...-", "w": ".--", "x": "-..-", "y": "-.--",
    "z": "--..", "0": "-----", "1": ".----", "2": "..---", "3": "...--", "4": "....-", "5": ".....",
    "6": "-....", "7": "--...", "8": "---..", "9": "----.",
}  # fmt: skip
_ORDERS = {"ascending", "descending"}
_LISTS = {"sorted", "unique", *_ORDERS}
_VALUE = re.compile(rf"-?{NUMBER}")


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`rot13 of Hello`, `Is "racecar" a palindrome?`, `sort these words: pear, apple`."""
    text = " ".join(question.split()).rstrip(" ?.!")
    if len(text) > LONGEST or re.search(MARK, text):
        return None
    return first_read(text, _COMPILED, _plan)


def _plan(kind: str, match: re.Match[str]) -> Plan:
    found = {name: value or "" for name, value in match.groupdict().items()}
    kind, _, shift = kind.partition(" ") if kind.startswith("caesar ") else (kind, "", found.get("shift", ""))
    written = _plain(found["text"])
    if kind in _LISTS:
        parts = items(written)
        if len(parts) < 2 or (kind in _ORDERS and not all(map(_VALUE.fullmatch, parts))):
            raise NotUnderstoodError(written)
        written = ", ".join(parts)
    arguments = {"kind": kind, "text": written, "other": _plain(found.get("other", "")), "shift": shift}
    return Plan([PlannedStep("words", arguments)])


def _plain(text: str) -> str:
    return text[1:-1] if len(text) > 2 and text[0] in "\"'“" else text


def _items(text: str) -> list[str]:
    return text.split(", ")


def _value(item: str) -> Fraction:
    if not _VALUE.fullmatch(item):
        raise ImpossibleError("these are not all numbers")
    return read_number(item.lstrip("-")) * (-1 if item.startswith("-") else 1)


def _shifted(text: str, by: int) -> str:
    def move(match: re.Match[str]) -> str:
        start = ord("a") if match[0].islower() else ord("A")
        return chr((ord(match[0]) - start + by) % 26 + start)

    return re.sub("[a-zA-Z]", move, text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _name_parts(text: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", text)


def _read(arguments: Arguments) -> tuple[str, str, str, int]:
    if not re.fullmatch("[0-9]{0,3}", arguments["shift"]):
        raise ValueError("shift is a number")
    if len(arguments["text"]) > LONGEST:
        raise ImpossibleError(f"a text has at most {LONGEST:,} characters here")
    return arguments["kind"], arguments["text"], arguments["other"], int(arguments["shift"] or 0)


def solve(arguments: Arguments) -> Outcome:
    """The text, the count, or yes or no."""
    kind, text, other, shift = _read(arguments)
    match kind:
        case "occurrences":
            value = str(text.lower().count(other.lower()))
        case "palindrome":
            value = "yes" if _letters(text) == _letters(text)[::-1] else "no"
        case "anagram":
            value = "yes" if Counter(_letters(text)) == Counter(_letters(other)) else "no"
        case _:
            value = _changed(kind, text, shift)
    if not value:
        raise ImpossibleError("nothing is left of this text")
    return Outcome(value, value, f"{describe(arguments)}: {value}")


def _changed(kind: str, text: str, shift: int) -> str:  # noqa: PLR0911 (one for each kind)
    match kind:
        case "caesar" | "uncaesar":
            return _shifted(text, shift if kind == "caesar" else -shift)
        case "morse":
            if not re.fullmatch("[a-zA-Z0-9 ]+", text):
                raise ImpossibleError("Morse code is for letters without accents, and digits")
            return " / ".join(" ".join(MORSE[letter] for letter in word.lower()) for word in text.split())
        case "first" | "last":
            return text[:shift] if kind == "first" else text[-shift:]
        case "sorted":
            return ", ".join(sorted(_items(text), key=str.casefold))
        case "unique":
            return ", ".join(dict.fromkeys(_items(text)))
        case "ascending" | "descending":
            return ", ".join(sorted(_items(text), key=_value, reverse=kind == "descending"))
        case _:
            return _cased(kind, _name_parts(text))


def _cased(kind: str, parts: list[str]) -> str:
    words = [part.lower() for part in parts]
    match kind:
        case "snake case":
            return "_".join(words)
        case "kebab case":
            return "-".join(words)
        case "camel case":
            return "".join(words[:1] + [word.title() for word in words[1:]])
        case "pascal case":
            return "".join(word.title() for word in words)
        case _:
            raise ValueError("kind is one of the kinds of words")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001, PLR0911 (one for each kind)
    """Properties of the result, found letter by letter."""
    kind, text, other, shift = _read(arguments)
    value = outcome.value
    match kind:
        case "occurrences":
            # Not overlapping, as they are counted.
            pieces = len(re.split(re.escape(other), text, flags=re.IGNORECASE))
            return Check(pieces - 1 == int(value), "cutting the text there")
        case "palindrome":
            letters = _letters(text)
            same = all(letters[number] == letters[-1 - number] for number in range(len(letters) // 2))
            return Check((value == "yes") == same, "comparing both ends")
        case "anagram":
            return Check((value == "yes") == (sorted(_letters(text)) == sorted(_letters(other))), "sorting the letters")
        case "caesar" | "uncaesar":
            return Check(_shifted(value, -shift if kind == "caesar" else shift) == text, "shifting back")
        case "morse":
            read = {code: letter for letter, code in MORSE.items()}
            back = " ".join("".join(read[code] for code in word.split()) for word in value.split(" / "))
            return Check(back == " ".join(text.lower().split()), "reading it back")
        case "first" | "last":
            rest = text[len(value) :] if kind == "first" else text[: len(text) - len(value)]
            return Check(
                (value + rest if kind == "first" else rest + value) == text and len(value) <= shift, "joining it"
            )
        case _ if kind in _LISTS:
            return Check(_list_agrees(kind, _items(text), value.split(", ")), "comparing neighbours, and counting")
        case _:
            return Check(_letters(value) == _letters(text), "comparing the letters")


def _list_agrees(kind: str, before: list[str], after: list[str]) -> bool:
    if kind == "unique":
        return len(after) == len(set(before)) and [before.index(item) for item in after] == sorted(
            map(before.index, after)
        )
    pairs = list(itertools.pairwise(after))
    if kind == "sorted":
        ordered = all(one.casefold() <= other.casefold() for one, other in pairs)
    else:
        ordered = all(
            (_value(one) <= _value(other)) if kind == "ascending" else (_value(one) >= _value(other))
            for one, other in pairs
        )
    return ordered and Counter(before) == Counter(after)


def describe(arguments: Arguments) -> str:
    """`“Hello” shifted by 13 letters`."""
    kind, text, other, shift = _read(arguments)
    shown = f"“{text if len(text) <= 60 else text[:60] + '…'}”"
    return {
        "caesar": f"{shown} shifted by {shift} letters",
        "uncaesar": f"{shown} shifted back by {shift} letters",
        "morse": f"{shown} in Morse code",
        "occurrences": f"how often “{other}” is in {shown}",
        "palindrome": f"whether {shown} is a palindrome",
        "anagram": f"whether {shown} and “{other}” are anagrams",
        "first": f"the first {shift} characters of {shown}",
        "last": f"the last {shift} characters of {shown}",
        "sorted": f"{shown} in alphabetical order",
        "unique": f"{shown} without what is repeated",
        "ascending": f"{shown} from the smallest to the largest",
        "descending": f"{shown} from the largest to the smallest",
    }.get(kind, f"{shown} in {kind}")


TOOL = Tool(
    name="words",
    summary="letters and words: ciphers, occurrences, palindromes, anagrams, lists in order",
    examples=("rot13 of Hello", 'Is "racecar" a palindrome?', "sort these words: pear, apple, fig"),
    parameters=("kind", "text", "other", "shift"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=1,
)
