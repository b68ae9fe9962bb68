"""Numbers written otherwise: Roman, in other bases, words, scientific notation, fractions; checked by reading back."""

import re
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.digits import DIGITS, MOST_DIGITS, decimals, in_base, read_decimals, repeating
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Node, Reference, Value
from app.language.forms import compiled, first_read
from app.language.numbers import NUMBER, magnitude, read_number, show
from app.language.parser import parse
from app.language.quantity import Quantity
from app.language.question import bare
from app.language.spelled import read_spelled, roman, spelled, unroman
from app.tools.tool import Arguments, Tool

LONGEST = 300
_BASES = {"binary": 2, "ternary": 3, "octal": 8, "decimal": 10, "duodecimal": 12, "hex": 16, "hexadecimal": 16}
_BASE = rf"(?:{'|'.join(_BASES)}|base[ -]?[0-9]{{1,2}})"
_FORMS: tuple[tuple[str, str], ...] = (
    ("roman", r"(?P<number>.+?) (?:in|to|into|as)(?: a)? roman(?: numerals?| number)?"),
    ("roman", r"(?:the )?roman (?:numerals?|number) (?:for|of) (?P<number>.+)"),
    ("unroman", (
        r"(?:the )?roman (?:numerals?|number) (?P<text>[ivxlcdm]+)(?: (?:in|to|as)(?: an?)?"
        r" (?:decimal|arabic|number|numbers|arabic numerals?|digits))?"
    )),
    ("unroman", (
        r"(?P<text>[ivxlcdm]+) (?:from roman(?: numerals?)?|(?:in|to|as)(?: an?)?"
        r" (?:arabic(?: numerals?)?|decimal(?: number)?|number))"
    )),
    ("words", r"(?P<number>.+?) (?:in|to|into|as) (?:english )?words"),
    ("words", (
        r"(?:spell(?: out)?|write(?: out)?)(?: the number)?"
        r" (?P<number>[-0-9.,\ue000\ue001]+)(?: (?:in|as) words)?"
    )),
    ("unwords", r"(?P<text>[a-z][a-z, -]+?) (?:in|to|into|as)(?: an?)? (?:digits|numerals|figures|number)"),
    ("scientific", r"(?P<number>.+?) (?:in|to|into|as) (?:scientific|standard|exponential) (?:notation|form)"),
    ("fraction", (
        r"(?P<number>.+?) (?:in|to|into|as) (?:an? )?(?:simplified |reduced |common )"
        r"?fraction(?: in lowest terms)?"
    )),
    ("fraction", r"(?:simplify|reduce)(?: the fraction)? (?P<number>[0-9]+ ?/ ?[0-9]+)(?: to lowest terms)?"),
    ("mixed", r"(?P<number>.+?) (?:in|to|into|as) (?:an? )?mixed (?:number|fraction)"),
    ("decimal", r"(?P<number>.+?) (?:in|to|into|as) (?:an? )?decimal(?: number| fraction)?"),
    ("decimal", r"(?P<number>-?[0-9]{1,20}(?:\.[0-9]{1,40})?e[-+]?[0-9]{1,3})"),
)  # fmt: skip
_COMPILED = compiled(_FORMS)
# What `repeating` left, since nothing in it repeats.
_OPEN_END = re.compile(r"(?<![0-9.])(?P<begin>[0-9]{1,20}\.)(?P<digits>[0-9]{1,60}) ?(?:\.{2,3}|…)")
_WRITE = re.compile(r"^(?:write|put|rewrite|turn|show) (?:the number )?(?=.+ (?:as|in|to|into) )", re.IGNORECASE)
_BASED = re.compile(r"0x[0-9a-f]{1,64}|0b[01]{1,256}|0o[0-7]{1,86}", re.IGNORECASE)
_TO_BASE = re.compile(
    rf"(?:(?:the )?(?P<named>{_BASE})(?: number)? )?(?P<digits>(?:0[xbo])?[0-9a-z]{{1,300}}|\ue000[0-9]+\ue001)"
    rf"(?: (?:from |in )?\(?(?P<from>{_BASE})\)?)? (?:in|to|into|as) (?P<to>{_BASE})(?: (?:notation|form|number))?",
    re.IGNORECASE,
)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`2026 in roman numerals`, `255 in hex`, `1234 in words`."""
    text = bare(question)
    if len(text) <= LONGEST:
        text = repeating(_WRITE.sub("", text))
        text = f"{text} to decimal" if _BASED.fullmatch(text) else text
    if len(text) > LONGEST:
        return None
    if (match := _TO_BASE.fullmatch(text)) and (plan := _to_base(match)):
        return plan
    return first_read(text, _COMPILED, _plan)


def _base(text: str) -> int:
    return _BASES.get(text.lower()) or int(re.sub(r"\D", "", text))


def _to_base(match: re.Match[str]) -> Plan | None:
    digits, target = match["digits"].lower(), _base(match["to"])
    prefix = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 0)
    source = _base(match["named"] or match["from"]) if match["named"] or match["from"] else prefix or 10
    if source == prefix:
        digits = digits[2:]
    subject: str | Node = digits
    if digits.startswith("\ue000"):
        subject = Reference(-int(digits[1:-1]))
    elif (source == 10 and not digits.isdigit()) or source == target == 10:
        return None
    return Plan([PlannedStep("numerals", {"kind": f"base {source} {target}", "number": subject})])


def _which_repeat(written: re.Match[str]) -> AmbiguousError:
    """`0.12...`: without a repetition to see, what comes next is for the person to say."""
    begin, digits = written["begin"], written["digits"]
    readings = dict.fromkeys((f"{begin}({digits})", f"{begin}{digits[:-1]}({digits[-1]})", f"{begin}{digits}"))
    asked = f"What comes after {begin}{digits}? What repeats goes in brackets."
    return AmbiguousError(asked, written[0], {reading: reading for reading in readings})


def _plan(kind: str, match: re.Match[str]) -> Plan:
    if kind in {"unroman", "unwords"}:
        text = match["text"].lower().strip()
        if kind == "unwords" and read_spelled(text) is None:
            raise NotUnderstoodError(text)
        return Plan([PlannedStep("numerals", {"kind": kind, "number": text})])
    plan = Plan()
    if kind in {"fraction", "mixed"} and (open_end := _OPEN_END.search(match["number"])):
        raise _which_repeat(open_end)
    node = parse(match["number"])
    if isinstance(node, Value) and node.value.units:
        raise NotUnderstoodError(match["number"])
    plan.steps.append(PlannedStep("numerals", {"kind": kind, "number": operand(node, plan)}))
    return plan


def solve(arguments: Arguments) -> Outcome:
    """The number in the other way of writing."""
    kind, text = arguments["kind"], arguments["number"]
    display = _written(kind, text)
    rounded = kind == "scientific" and _read_back(kind, display) != _number(text)
    return Outcome(display, display, f"{describe(arguments)} is {display}", rounded)


def _number(text: str) -> Fraction:
    quantity = Quantity.parse(text)
    if quantity.units:
        raise ImpossibleError("only a plain number can be written so")
    return quantity.number


def _whole(text: str, least: int, most: int, name: str) -> int:
    number = _number(text)
    if number.denominator != 1 or not least <= number <= most:
        raise ImpossibleError(f"{name} from {least:,} to {most:,}")
    return int(number)


def _written(kind: str, text: str) -> str:  # noqa: C901, PLR0911 (one for each way to write)
    match kind:
        case "roman":
            return roman(_whole(text, 1, 3999, "Roman numerals are for whole numbers"))
        case "unroman":
            value = unroman(text)
            if value is None:
                raise ImpossibleError(f"{text.upper()} is no Roman numeral as they are written")
            return f"{value:,}"
        case "words":
            return spelled(_number(text))
        case "unwords":
            found = read_spelled(text)
            if found is None:
                raise ValueError("not a number in words")
            return f"{found:,}"
        case "scientific":
            return _scientific(_number(text))
        case "fraction":
            return str(_number(text))
        case "mixed":
            number = _number(text)
            whole, rest = divmod(abs(number), 1)
            return ("-" if number < 0 else "") + (f"{whole} {rest}" if whole and rest else str(whole or rest))
        case "decimal":
            return decimals(_number(text))
    source, target = _bases(kind)
    return in_base(_from_base(text, source), target)


def _bases(kind: str) -> tuple[int, int]:
    match = re.fullmatch("base ([0-9]{1,2}) ([0-9]{1,2})", kind)
    if not match:
        raise ValueError("kind is roman, unroman, words, unwords, scientific, fraction, mixed, decimal or base A B")
    source, target = int(match[1]), int(match[2])
    if not (2 <= source <= 36 and 2 <= target <= 36):
        raise ImpossibleError("bases are from 2 to 36")
    return source, target


def _from_base(text: str, base: int) -> int:
    if base == 10:
        number = _number(text)
        if number.denominator != 1:
            raise ImpossibleError("only whole numbers are written in other bases here")
        return int(number)
    if len(text) > MOST_DIGITS or any(character not in DIGITS[:base] for character in text) or not text:
        raise ImpossibleError(f"{text[:40]} is no number in base {base}")
    return int(text, base)


def _scientific(value: Fraction) -> str:
    if not value:
        return "0"
    power = magnitude(value)
    mantissa, _ = show(value / Fraction(10) ** power)
    return f"{mantissa} \u00d7 10^{power}"


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """What was written is read again."""
    kind, text, result = arguments["kind"], arguments["number"], outcome.value
    match kind:
        case "unroman":
            return Check(roman(int(result.replace(",", ""))).lower() == text, "writing it as a Roman numeral again")
        case "unwords":
            again = spelled(Fraction(int(result.replace(",", ""))))
            return Check(_same_words(again, text), "writing it in words again")
        case "scientific":
            found, number = _read_back(kind, result), _number(text)
            return Check(
                abs(found - number) * 1000 <= abs(number) and result.count("\u00d7") <= 1, "multiplying it out"
            )
    return Check(
        _read_back(kind, result) == (_from_base(text, _bases(kind)[0]) if kind.startswith("base") else _number(text)),
        "reading it back",
    )


def _same_words(one: str, other: str) -> bool:
    return re.findall("[a-z]+", one.replace(" and ", " ")) == re.findall(
        "[a-z]+",
        re.sub(r"\b(?:and|a)\b", " ", other.replace("a hundred", "one hundred").replace("a thousand", "one thousand")),
    )


def _read_back(kind: str, result: str) -> Fraction:  # noqa: PLR0911 (one for each way to write)
    match kind:
        case "roman":
            return Fraction(unroman(result.lower()) or 0)
        case "words":
            found = read_spelled(result)
            return Fraction(found) if found is not None else _spelled_decimal(result)
        case "scientific":
            mantissa, _, power = result.partition(" \u00d7 10^")
            return Fraction(mantissa) * Fraction(10) ** int(power or 0)
        case "fraction":
            return Fraction(result)
        case "mixed":
            total = sum((Fraction(part) for part in result.removeprefix("-").split(" ")), Fraction(0))
            return -total if result.startswith("-") else total
        case "decimal":
            return read_decimals(result)
    target = _bases(kind)[1]
    value = 0
    for digit in result.replace(",", "").removeprefix("-"):
        value = value * target + DIGITS.index(digit)
    return Fraction(-value if result.startswith("-") else value)


def _spelled_decimal(text: str) -> Fraction:
    whole, _, decimals = text.removeprefix("minus ").partition(" point ")
    digits = "".join(str(read_spelled(word)) for word in decimals.split())
    value = Fraction(f"{read_spelled(whole)}.{digits or 0}")
    return -value if text.startswith("minus ") else value


def describe(arguments: Arguments) -> str:
    """`2,026 in Roman numerals`."""
    kind, text = arguments["kind"], arguments["number"]
    shown = text.upper() if kind == "unroman" else text
    if re.fullmatch(NUMBER, text) and kind != "fraction" and not kind.startswith("base"):
        shown = show(read_number(text))[0]
    names = {
        "roman": "in Roman numerals", "unroman": "as a number", "words": "in words", "unwords": "in digits",
        "scientific": "in scientific notation", "fraction": "as a fraction", "mixed": "as a mixed number",
        "decimal": "as a decimal",
    }  # fmt: skip
    if kind in names:
        return f"{shown} {names[kind]}"
    source, target = _bases(kind)
    return f"{shown}{'' if source == 10 else f' (base {source})'} in base {target}"


TOOL = Tool(
    name="numerals",
    summary="ways to write a number: Roman numerals, other bases, words, fractions, scientific notation",
    examples=(
        "2026 in roman numerals",
        "255 in hex",
        "binary 101101 to decimal",
        "1234 in words",
        "0.375 as a fraction",
        "299792458 in scientific notation",
    ),
    parameters=("kind", "number"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
)
