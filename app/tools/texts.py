"""Texts transformed and counted: case, order, lines, replacements; checked another way, by parts or in reverse."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language import letters
from app.language.errors import ImpossibleError
from app.language.expression import Node, Reference
from app.language.references import marked
from app.language.texts import FIND_REPLACE, OPERATIONS, payload, unquoted
from app.tools.tool import Arguments, Tool

MOST_CHARACTERS = 65_536


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`uppercase: hello`, `count the words in "to be or not to be"`, `replace "a" with "b" in "banana"`."""
    if match := FIND_REPLACE.fullmatch(question.strip()):
        find, by, whole = (unquoted(match[name]) for name in ("find", "by", "text"))
        arguments: dict[str, str | Node] = {"operation": "replace", "text": whole, "find": find, "replacement": by}
        return Plan([PlannedStep("texts", arguments)])
    for operation, form in OPERATIONS.items():
        text = payload(form, question)
        if text is not None:
            step = marked(text)
            subject: str | Node = text if step is None else Reference(-step)
            return Plan(
                [PlannedStep("texts", {"operation": operation, "text": subject, "find": "", "replacement": ""})]
            )
    return None


def _words(text: str) -> list[str]:
    return text.split()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _title(text: str) -> str:
    # str.title() would make It'S of it's.
    return re.sub(r"\S+", lambda match: match[0][:1].upper() + match[0][1:].lower(), text)


def _clusters(text: str) -> list[str]:
    """Characters as people see them: an accent stays on its letter, and parts joined to one sign stay joined."""
    found: list[str] = []
    for character in text:
        before = found[-1] if found else ""
        flag = _is_flag(character) and len(before) == 1 and _is_flag(before)
        if before and (_extends(character) or before[-1] == "\u200d" or flag):
            found[-1] += character
        else:
            found.append(character)
    return found


def _extends(character: str) -> bool:
    """Whether a character changes the one before: an accent, a joiner, a colour of skin, a tag."""
    return (
        unicodedata.category(character).startswith("M")
        or character == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag(character: str) -> bool:
    """Whether it is one of the letters of which two are a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _plain(text: str) -> str:
    """In lower case, with accents as characters of their own: ä is a vowel as a is."""
    return unicodedata.normalize("NFD", text.lower())


def _lines(text: str) -> list[str]:
    return text.split("\n")


_TRANSFORMS: dict[str, Callable[[str], str]] = {
    "uppercase": str.upper,
    "lowercase": str.lower,
    "title case": _title,
    "reverse": lambda text: "".join(reversed(_clusters(text))),
    "reverse words": lambda text: " ".join(reversed(_words(text))),
    "sort lines": lambda text: "\n".join(sorted(_lines(text))),
    "sort words": lambda text: " ".join(sorted(_words(text))),
    "unique lines": lambda text: "\n".join(dict.fromkeys(_lines(text))),
    "unique words": lambda text: " ".join(dict.fromkeys(_words(text))),
    "slug": _slug,
    **letters.TRANSFORMS,
}
_COUNTS: dict[str, Callable[[str], int]] = {
    "count characters": lambda text: len(_clusters(text)),
    "count words": lambda text: len(_words(text)),
    "count lines": lambda text: len(_lines(text)),
    "count letters": lambda text: sum(character.isalpha() for character in text),
    "count vowels": lambda text: letters.vowels(_plain(text)),
    "count consonants": lambda text: letters.consonants(_plain(text)),
}


def _read(arguments: Arguments) -> tuple[str, str]:
    operation, text = arguments["operation"], arguments["text"]
    if operation not in {*_TRANSFORMS, *_COUNTS, "replace"}:
        raise ValueError(f"operation is one of {', '.join([*_TRANSFORMS, *_COUNTS, 'replace'])}")
    if len(text) > MOST_CHARACTERS:
        raise ImpossibleError(f"a text has at most {MOST_CHARACTERS:,} characters")
    return operation, text


def solve(arguments: Arguments) -> Outcome:
    """The text transformed, or the count."""
    operation, text = _read(arguments)
    if operation in _COUNTS:
        count = _COUNTS[operation](text)
        noun = operation.removeprefix("count ")
        display = f"{count:,} {noun.removesuffix('s') if count == 1 else noun}"
        return Outcome(str(count), display, f"{describe(arguments)}: {display}")
    if operation == "replace":
        if not arguments["find"]:
            raise ImpossibleError("there is nothing to look for")
        if text.count(arguments["find"]) * len(arguments["replacement"]) > MOST_CHARACTERS:
            raise ImpossibleError(f"a text has at most {MOST_CHARACTERS:,} characters")
        result = text.replace(arguments["find"], arguments["replacement"])
    else:
        result = _TRANSFORMS[operation](text)
    if not result:
        raise ImpossibleError("nothing is left of this text")
    return Outcome(result, result, f"{describe(arguments)} is “{_clip(result)}”")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Properties that only the right result has, found character by character or line by line."""
    operation, text = _read(arguments)
    if operation in _COUNTS:
        return Check(int(outcome.value) == _counted(operation, text), "counting one by one")
    same, method = _agrees(operation, text, outcome.value, arguments)
    return Check(same, method)


def _counted(operation: str, text: str) -> int:
    match operation:
        case "count words":
            return len(re.findall(r"\S+", text))
        case "count lines":
            return 1 + sum(character == "\n" for character in text)
        case "count letters":
            return sum(unicodedata.category(character).startswith("L") for character in text)
        case "count vowels":
            return len(re.findall("[aeiou]", unicodedata.normalize("NFD", text), re.IGNORECASE))
        case "count consonants":
            return len(re.findall(r"(?![aeiou])[^\W\d_]", unicodedata.normalize("NFD", text), re.IGNORECASE))
        case _:
            # A class for each character, and then what a class of them is one sign.
            classes = "".join(
                "m" if _extends(character) and character != "\u200d" else "j" if character == "\u200d"
                else "f" if _is_flag(character) else "c"
                for character in text
            )  # fmt: skip
            return len(re.findall("(?:ff|[cf]|^[mj])(?:m|j[cf]?)*", classes))


def _agrees(operation: str, text: str, result: str, arguments: Arguments) -> tuple[bool, str]:  # noqa: PLR0911 (one for each operation)
    if operation in letters.CHECKS:
        agrees, method = letters.CHECKS[operation]
        return agrees(text, result), method
    match operation:
        case "uppercase" | "lowercase" | "title case":
            one_by_one = "".join(
                character.upper() if operation == "uppercase" else character.lower() for character in text
            )
            if operation == "title case":
                return [word.lower() for word in result.split()] == text.lower().split() and all(
                    word[:1] == word[:1].upper() and word[1:] == word[1:].lower() for word in result.split()
                ), "comparing without case"
            return result.casefold() == one_by_one.casefold(), "changing one character at a time"
        case "reverse":
            return "".join(reversed(_clusters(result))) == text, "reversing it again"
        case "reverse words":
            return result.split()[::-1] == text.split(), "reversing it again"
        case "sort lines" | "sort words":
            parts = (
                (result.split("\n"), text.split("\n")) if operation == "sort lines" else (result.split(), text.split())
            )
            ordered = all(one <= other for one, other in zip(parts[0], parts[0][1:], strict=False))
            return ordered and Counter(parts[0]) == Counter(parts[1]), "comparing neighbours, and counting"
        case "unique lines" | "unique words":
            parts = (
                (result.split("\n"), text.split("\n"))
                if operation == "unique lines"
                else (result.split(), text.split())
            )
            positions = [parts[1].index(part) for part in parts[0]] if set(parts[0]) <= set(parts[1]) else [1, 0]
            right = len(parts[0]) == len(set(parts[1])) and positions == sorted(positions)
            return right, "counting the different ones, in order"
        case "slug":
            shape = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", result) is not None
            plain = [character for character in unicodedata.normalize("NFKD", text).lower() if character.isascii()]
            return shape and result.replace("-", "") == "".join(filter(str.isalnum, plain)), "comparing its letters"
        case _:
            return result == arguments["replacement"].join(text.split(arguments["find"])), "cutting and joining"


def describe(arguments: Arguments) -> str:
    """`“hello” in uppercase`."""
    operation, text = _read(arguments)
    if operation == "replace":
        return f"“{_clip(text)}” with “{_clip(arguments['find'])}” replaced by “{_clip(arguments['replacement'])}”"
    if operation in _COUNTS:
        return f"the {operation.removeprefix('count ')} of “{_clip(text)}”"
    names = {
        "uppercase": "in upper case", "lowercase": "in lower case", "title case": "in title case",
        "reverse": "reversed", "reverse words": "with its words reversed", "sort lines": "with its lines sorted",
        "sort words": "with its words sorted", "unique lines": "without repeated lines",
        "unique words": "without repeated words", "slug": "as a slug",
        **letters.NAMES,
    }  # fmt: skip
    return f"“{_clip(text)}” {names[operation]}"


def _clip(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


TOOL = Tool(
    name="texts",
    summary="texts: case, reversing, counting, sorting, replacing, slugs",
    examples=(
        "uppercase: hello, world",
        'How many words are in "to be or not to be"?',
        'replace "colour" with "color" in "a colour is a colour"',
        'reverse "stressed"',
        "slug of: Crème Brûlée for two!",
    ),
    parameters=("operation", "text", "find", "replacement"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=2,
)
