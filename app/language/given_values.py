"""Formulas with their unknowns given: `If 2x = 10, what is x + 1?`, `evaluate x^2 + y when x = 2 and y = 3`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from app.language.algebra import Formula, Function, Name, Number, Operation, parse_formula, unknowns
from app.language.errors import NotUnderstoodError
from app.language.question import bare

LONGEST = 300
MOST_EQUATIONS = 4
_OPENING = re.compile(
    r"^(?:if|(?:given|suppose|assume|assuming)(?: that)?|let|say|when|where|for|with)[ :,]+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[,.;:]? (?:then )?(?:and )?(?:what is|what's|what will be|how much is|find|calculate|evaluate|compute|work out"
    r"|determine)(?: the value of)? ",
    re.IGNORECASE,
)
_WHEN = re.compile(r",? (?:when|if|where|for|given(?: that)?|with|at|such that) (?=[^=]{1,80}=)", re.IGNORECASE)
_REARRANGED = re.compile(
    r"(?P<equation>[^=]{1,100}=[^=]{1,100}) for (?P<name>[a-z])"
    r"|make (?P<subject>[a-z]) the subject (?:of|in)(?: the (?:formula|equation))?"
    r" (?P<formula>[^=]{1,100}=[^=]{1,100})",
    re.IGNORECASE,
)
# As the language of expressions has them too.
_FUNCTIONS = {"sqrt", "abs"}
_SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^"}

Sides = tuple[Formula, Formula]


@dataclass(frozen=True)
class Given:
    """What is asked for, and the equations that say what its unknowns are; all as written."""

    equations: tuple[str, ...]
    formula: str

    @property
    def names(self) -> set[str]:
        """The unknowns of all of them."""
        sides = [side for equation in self.equations for side in read_sides(equation)]
        return set().union(unknowns(parse_formula(self.formula)), *map(unknowns, sides))

    def values(self) -> dict[str, Formula] | None:
        """What each unknown is, if every equation says so at once: `x = 3`; else None."""
        found: dict[str, Formula] = {}
        for equation in self.equations:
            left, right = read_sides(equation)
            if not isinstance(left, Name) or left.name in found or unknowns(right):
                return None
            found[left.name] = right
        return found


def read_given(question: str) -> Given | None:
    """The question, or None if it is none of these, or does not say what each unknown is."""
    text = bare(question)
    if len(text) > LONGEST or "=" not in text or _two_cases(text):
        return None
    asks = _ASKS.search(text)
    given, wanted = (text[: asks.start()], text[asks.end() :]) if asks else ("", text)
    if when := _WHEN.search(wanted):
        given, wanted = f"{given}, {wanted[when.end() :]}", wanted[: when.start()]
    equations = tuple(
        part.strip() for part in re.split(r",|;| and ", _OPENING.sub("", given.strip(" ,"))) if part.strip()
    )
    found = Given(equations, wanted.strip(" .,?"))
    try:
        complete = 0 < len(equations) <= MOST_EQUATIONS and len(equations) == len(found.names)
        formula = parse_formula(found.formula)
    except NotUnderstoodError:
        return None
    # An unknown alone is what equations are solved for.
    lone = isinstance(formula, Name) and len(equations) == 1
    return found if complete and unknowns(formula) and not lone else None


def _two_cases(text: str) -> bool:
    """Whether a letter is one unknown when large and another when small, which formulas here cannot tell apart."""
    letters = set(re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", text))
    return any(letter.upper() in letters for letter in letters if letter.islower())


def read_sides(equation: str) -> Sides:
    """Both sides of an equation; raises NotUnderstoodError for what is none."""
    left, equals, right = equation.partition("=")
    if not equals:
        raise NotUnderstoodError(equation)
    return parse_formula(left), parse_formula(right)


def read_rearranged(question: str) -> tuple[str, str] | None:
    """An equation of several unknowns and the one it is to be solved for; None for any other question."""
    text = bare(question)
    match = _REARRANGED.fullmatch(text) if len(text) <= LONGEST and not _two_cases(text) else None
    if not match:
        return None
    equation, name = (match["equation"] or match["formula"]).strip(), (match["name"] or match["subject"]).lower()
    try:
        names = set().union(*map(unknowns, read_sides(equation)))
    except NotUnderstoodError:
        return None
    return (equation, name) if name in names and len(names) > 1 else None


def with_values(formula: Formula, values: dict[str, Formula]) -> str:
    """The formula with values in place of its unknowns, as an expression; NotUnderstoodError for other functions."""
    match formula:
        case Number(value):
            return f"({value})" if value.denominator > 1 else str(value)
        case Name(name) if name in values:
            return f"({with_values(values[name], {})})"
        case Name("pi"):
            return "pi"
        case Function(name, argument) if name in _FUNCTIONS:
            return f"{name}({with_values(argument, values)})"
        case Operation("*", Number(Fraction(numerator=-1, denominator=1)), right):
            return f"(-{with_values(right, values)})"
        case Operation(sign, left, right):
            return f"({with_values(left, values)} {_SIGNS[sign]} {with_values(right, values)})"
        case _:
            raise NotUnderstoodError("a function that expressions do not have")
