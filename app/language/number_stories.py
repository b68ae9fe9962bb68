"""Riddles of unknown numbers as equations: `three times a number plus 5 is 26` is `3*x+5=26`."""

import re
from fractions import Fraction

from app.language.errors import ImpossibleError

LONGEST = 300
_N = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)"
_IS = r"(?:is equal to|is|are|equals|gives|makes|adds? up to|comes to)"
_NUMBER = r"(?:an? (?:certain |unknown )?number|the (?:unknown )?number|that number|it)"
# In this order; each leaves a formula where words stood.
_WORDS: tuple[tuple[str, str], ...] = (
    (rf"\b{_NUMBER}(?![a-z])", "x"),
    (r"\btwice\b(?: of)?", "2*"),
    (r"\bdouble\b(?: of)?", "2*"),
    (r"\b(?:thrice|triple)\b(?: of)?", "3*"),
    (r"\bhalf(?: of)?\b", "1/2*"),
    (r"\b(?:a |one )third of\b", "1/3*"),
    (r"\b(?:a |one )quarter of\b", "1/4*"),
    (r"\b([0-9]+/[0-9]+) of\b", r"\1*"),
    (r"\b([0-9.]+) times\b", r"\1*"),
    (r"\b(?:increased by|plus|and then add)\b", "+"),
    (r"\b(?:decreased by|diminished by|reduced by|minus|less(?! than))\b", "-"),
    (r"\b(?:multiplied by|times)\b", "*"),
    (r"\bdivided by\b", "/"),
    (r"\bthe sum of ([x0-9.*/ ]+) and ([x0-9.*/ ]+)", r"(\1+\2)"),
    (r"\bthe difference (?:of|between) ([x0-9.*/ ]+) and ([x0-9.*/ ]+)", r"(\1-\2)"),
    (r"\b([0-9.]+) (?:more|greater|larger) than ([x0-9.*/() +-]+)", r"(\2+\1)"),
    (r"\b([0-9.]+) (?:less|fewer|smaller) than ([x0-9.*/() +-]+)", r"(\2-\1)"),
    (r"\b([0-9.]+) (?:is )?added to ([x0-9.*/() ]+)", r"(\2+\1)"),
    (r"\b([0-9.]+) (?:is )?subtracted from ([x0-9.*/() ]+)", r"(\2-\1)"),
    (rf"(?:,? ?(?:the result|the answer|you get|i get|we get))? ?\b{_IS}\b", "="),
    (r",? ?(?:the result|the answer|you get|i get|we get)\b", "="),
)
_ASKED = re.compile(
    r"[.,;:]? *(?:(?:what|which) (?:is|are|number is) (?:the (?:two |three |2 |3 )?|that |this )?"
    r"(?:numbers?|integers?|it|they)|find (?:the |that )?numbers?|what numbers? (?:is|are) (?:it|they))$"
    r"|^(?:find|what is) (?:the |a )?number(?: such that| if| so that)?,? ",
    re.IGNORECASE,
)
# Without a comma, nobody knows whether the sum is meant or its last term.
_UNORDERED = re.compile(
    r"\b(?:plus|minus|increased by|decreased by|reduced by|diminished by) [0-9.]+ (?:multiplied by|divided by|times)\b"
)
_FORMULA = re.compile(r"[x0-9.*/()+= -]{3,200}")
_TWO = re.compile(
    rf"(?:find (?:the )?)?(?:if )?(?:the )?(?:sum of )?2 numbers?(?: (?:whose|with))?(?: (?:add up to|have a sum"
    rf" of|have the sum|sum (?:is|of)|{_IS}))"
    rf" {_N},? and (?:(?:their|whose|the|a) )?difference (?:{_IS}|of) {_N}",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    rf"(?:find )?(?:the )?(?:sum of )?2 numbers?(?: (?:whose sum|add up to|have a sum of|sum))?(?: {_IS})?"
    rf" {_N},? and (?:(?:their|whose|the) )?"
    rf"product (?:{_IS}|of) {_N}",
    re.IGNORECASE,
)
_CONSECUTIVE = re.compile(
    rf"(?:find )?(?:the sum of )?(?P<count>[23])? ?consecutive (?P<kind>even |odd )?(?:integers|numbers|whole"
    rf" numbers|natural numbers)"
    rf"(?: (?:whose sum|that (?:add up to|sum to)|with (?:a |the )?sum(?: of)?|add up to|sum to"
    rf"|have (?:a|the) sum(?: of)?))?(?: {_IS})? {_N}",
    re.IGNORECASE,
)
_AGES = re.compile(
    rf"(?:an?|the|my)? ?(?P<one>[a-z]+) is (?:now )?(?P<times>[0-9]{{1,2}} times|twice) (?:as old as|the age of)"
    rf" (?:his |her |the |my |their )?"
    rf"(?P<other>[a-z]+)(?:[.,;]| and) (?:together|in total|the sum of their ages)(?: they)? {_IS} {_N}(?:"
    rf" years(?: old)?)?"
    r"(?:[.,;] how old (?:is|are) (?:each|they|both|(?:each|both) of them|(?:the |his |her |my )?[a-z]+))?",
    re.IGNORECASE,
)


def as_equations(text: str) -> tuple[str, list[str]] | None:
    """The equations, joined by `and`, and what their unknowns are; None for any other text."""
    if len(text) > LONGEST or not re.search("[0-9]", text):
        return None
    stripped = _ASKED.sub("", " ".join(text.split()).strip(" .?!"), count=1).strip(" .,")
    for form in (_TWO, _PRODUCT):
        if match := form.fullmatch(stripped):
            sign = "-" if form is _TWO else "*"
            return f"x + y = {match[1]} and x {sign} y = {match[2]}", ["x and y are the two numbers"]
    if match := _CONSECUTIVE.fullmatch(stripped):
        return _consecutive(int(match["count"] or 0), (match["kind"] or "").lower().strip(), match[3])
    if match := _AGES.fullmatch(stripped):
        one, other = match["one"].lower(), match["other"].lower()
        times = "2" if match["times"].lower() == "twice" else match["times"].split()[0]
        a, b = (one[0], other[0]) if one[0] != other[0] and not {one[0], other[0]} & {"e", "i"} else ("x", "y")
        return f"{a} = {times}*{b} and {a} + {b} = {match[4]}", [f"{a} stands for {one}, {b} for {other}, in years"]
    return _one_unknown(stripped)


def _consecutive(count: int, kind: str, total: str) -> tuple[str, list[str]] | None:
    """Numbers in a row; raises ImpossibleError where the sum would need others than whole, even or odd ones."""
    if not count:
        return None
    step = 2 if kind else 1
    first = Fraction(total) / count - Fraction(step * (count - 1), 2)
    if first.denominator != 1 or (kind and first % 2 != (kind == "odd")):
        raise ImpossibleError(f"no {count} consecutive {kind or 'whole'} numbers add up to {total}")
    if count == 2:
        return f"x + y = {total} and y = x + {step}", ["x and y are the numbers"]
    return f"x + y + z = {total} and y = x + {step} and z = x + {2 * step}", ["x, y and z are the numbers"]


def _one_unknown(text: str) -> tuple[str, list[str]] | None:
    formula = re.sub(r"^(?:if|when) ", "", text.lower())
    if not re.search(rf"\b{_NUMBER}(?![a-z])", formula) or _UNORDERED.search(formula):
        return None
    for words, sign in _WORDS:
        formula = re.sub(words, sign, formula)
    formula = _in_order(re.sub(r"\b(?:and|then)\b", ",", formula))
    if not _FORMULA.fullmatch(formula) or formula.count("=") != 1 or "x" not in formula:
        return None
    # Two terms next to each other have lost what was between them.
    if re.search(r"[0-9x)] +[0-9x(]", formula):
        return None
    return re.sub(r"\s+", "", formula), ["x is the number"]


def _in_order(formula: str) -> str:
    """`x + 3, * 2 = 16` is `(x + 3) * 2 = 16`: after a comma, what is done is done to all that stands before."""
    sides = []
    for side in formula.split("="):
        first, *then = side.split(",")
        for part in then:
            if not part.strip():
                continue
            done = part.strip()[0] in "*/+-"
            first = f"({first.strip()}){part.strip()}" if done else f"{first} {part}"
        sides.append(first)
    return "=".join(sides)
