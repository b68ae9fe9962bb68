"""Whole numbers: primes, factors, divisors, counting without and with order, in words; checked by other algorithms."""

import math
import re
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Node
from app.language.forms import compiled, first_read
from app.language.parser import parse
from app.language.primes import factorised, is_prime, passes_fermat, sieve
from app.language.quantity import Quantity
from app.language.question import bare
from app.tools.tool import Arguments, Tool

LONGEST = 300
MOST_DIGITS = 60
MOST_LISTED = 2000
LARGEST_COUNT = 5000
_N = r"(?P<a>[^,;]+?)"
_FORMS: tuple[tuple[str, str], ...] = (
    ("factors", (
        r"(?:the )?(?:prime )?(?:factori[sz]e|factori[sz]ation of|factors? of|prime"
        rf" factors? of) {_N}(?: into primes)?"
    )),
    ("factors", rf"(?:the )?prime factori[sz]ation of {_N}|(?:factor) (?P<b>[0-9,]+)"),
    ("prime", rf"(?:is |check (?:whether|if) )?{_N} (?:is )?(?:a )?prime(?: number)?"),
    ("divisors", rf"(?:(?:all|list) )?(?:the )?divisors of {_N}"),
    ("next prime", rf"(?:the )?(?:next|first) prime(?: number)? (?:after|above|greater than|larger than) {_N}"),
    ("primes", r"(?:(?:all|list) )?(?:the )?primes?(?: numbers)? (?:between|from) (?P<a>.+?) (?:and|to) (?P<b>.+)"),
    ("primes", r"(?:(?:all|list) )?(?:the )?primes?(?: numbers)? (?:up to|below|under|less than) (?P<b>.+)"),
    ("choose", r"(?P<a>[^ ]+) choose (?P<b>[^ ]+)"),
    ("choose", (
        r"(?:how many (?:ways|combinations)|in how many ways|(?:the )?(?:number of )"
        r"?(?:ways|combinations))(?: (?:are there|can (?:i|we|you)|to|of))*"
        r" (?:(?:choose|choosing|pick|select|draw) )?(?P<b>[0-9]+)(?: \w+)? (?:from|out of|of|among)"
        r" (?P<a>[0-9]+)(?: \w+)?"
    )),
    ("choose", r"(?:n?c|comb(?:inations)?)\((?P<a>[0-9]+),? ?(?P<b>[0-9]+)\)"),
    ("arrange", (
        r"(?:how many|(?:the )?number of|how many ways)? ?(?:permutations|arrangements|ways"
        r" to arrange|ways to order)(?: (?:are there )?of)? (?P<b>[0-9]+)(?: \w+)?"
        r" (?:from|out of|of|among) (?P<a>[0-9]+)(?: \w+)?"
    )),
    ("arrange", r"(?:n?p|perm(?:utations)?)\((?P<a>[0-9]+),? ?(?P<b>[0-9]+)\)"),
    ("gcd", (
        r"(?:the )?(?:gcd|gcf|hcf|greatest common (?:divisor|factor)|highest common factor)"
        r" (?:of|for) (?P<list>.+)"
    )),
    ("lcm", (
        r"(?:the )?(?:lcm|least common multiple|lowest common multiple|smallest common"
        r" multiple) (?:of|for) (?P<list>.+)"
    )),
    ("fibonacci", r"(?:the )?(?P<a>[0-9]+)(?:st|nd|rd|th) fibonacci(?: number)?"),
)  # fmt: skip
_COMPILED = compiled(_FORMS)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`Is 91 prime?`, `prime factorisation of 360`, `10 choose 3`, `gcd of 84 and 36`."""
    text = bare(question)
    # `factorise` opens what bare() leaves; `5! / 3` is no question of primes.
    if len(text) > LONGEST:
        return None
    return first_read(text, _COMPILED, _plan)


def _plan(kind: str, match: re.Match[str]) -> Plan:
    found = match.groupdict()
    plan = Plan()
    if found.get("list"):
        nodes = [parse(part) for part in re.split(r",? and |, |,(?![0-9]{3})| ", found["list"]) if part]
        if len(nodes) < 2:
            raise NotUnderstoodError(found["list"])
    else:
        nodes = [parse(text) for text in (found.get("a"), found.get("b")) if text]
    arguments: dict[str, str | Node] = {"kind": kind}
    if len(nodes) > 2 or found.get("list"):
        values = [operand(node, plan) for node in nodes]
        if plan.steps:
            raise NotUnderstoodError(match[0])
        arguments["numbers"] = " ".join(str(_value(node)) for node in values)
        arguments["more"] = ""
    else:
        arguments["numbers"] = operand(nodes[0], plan)
        arguments["more"] = operand(nodes[1], plan) if len(nodes) > 1 else ""
    plan.steps.append(PlannedStep("integers", arguments))
    return plan


def _value(node: Node) -> Quantity:
    value = getattr(node, "value", None)
    if not isinstance(value, Quantity):
        raise NotUnderstoodError(str(node))
    return value


def _read(arguments: Arguments) -> tuple[str, list[int]]:
    kind = arguments["kind"]
    if kind not in {name for name, _ in _FORMS}:
        raise ValueError(f"kind is one of {', '.join(sorted({name for name, _ in _FORMS}))}")
    parts = re.split(r" (?=[-0-9≈])", arguments["numbers"]) + ([arguments["more"]] if arguments["more"] else [])
    quantities = [Quantity.parse(part) for part in parts]
    if any(quantity.units or quantity.number.denominator != 1 or not quantity.exact for quantity in quantities):
        raise ImpossibleError("this is about whole numbers without a unit")
    numbers = [int(quantity.number) for quantity in quantities]
    if any(len(str(abs(number))) > MOST_DIGITS for number in numbers):
        raise ImpossibleError(f"whole numbers have at most {MOST_DIGITS} digits here")
    if kind in {"factors", "divisors"} and numbers[0] < 1:
        raise ImpossibleError("factors are of whole numbers from 1")
    if kind in {"choose", "arrange", "fibonacci"} and not all(0 <= number <= LARGEST_COUNT for number in numbers):
        raise ImpossibleError(f"such counts are of whole numbers up to {LARGEST_COUNT:,}")
    return kind, numbers


def solve(arguments: Arguments) -> Outcome:
    """The number, the factors or the list."""
    kind, numbers = _read(arguments)
    first, second = numbers[0], numbers[-1]
    match kind:
        case "factors":
            factors = factorised(first)
            display = (
                " \u00d7 ".join(f"{p:,}" + (f"^{e}" if e > 1 else "") for p, e in factors)
                or "1, which has no prime factors"
            )
            value = " ".join(f"{p}^{e}" for p, e in factors)
        case "prime":
            factors = factorised(first) if first > 1 else []
            prime = factors == [(first, 1)]
            value = "yes" if prime else "no"
            reason = (
                ""
                if prime or first < 2
                else ": " + " \u00d7 ".join(f"{p:,}" + (f"^{e}" if e > 1 else "") for p, e in factors)
            )
            display = f"{value}, {first:,} is {'' if prime else 'not '}prime{reason}"
        case "divisors":
            found = [1]
            for prime_factor, power in factorised(first):
                found = [one * prime_factor**e for one in found for e in range(power + 1)]
                if len(found) > MOST_LISTED:
                    raise ImpossibleError(f"it has more than {MOST_LISTED:,} divisors")
            value = " ".join(map(str, sorted(found)))
            display = (
                ", ".join(f"{one:,}" for one in sorted(found))
                + f" ({len(found):,} {'divisor' if len(found) == 1 else 'divisors'})"
            )
        case "next prime":
            candidate = max(first + 1, 2)
            while not is_prime(candidate):
                candidate += 1
            value, display = str(candidate), f"{candidate:,}"
        case "primes":
            low, high = (2, first) if len(numbers) == 1 else (max(2, min(numbers)), max(numbers))
            if high - low > 20000 or high > 10**12:
                raise ImpossibleError("primes are listed over at most 20,000 numbers, up to 10^12")
            listed = [number for number in range(low, high + 1) if is_prime(number)]
            value = " ".join(map(str, listed))
            display = (
                ", ".join(f"{one:,}" for one in listed) or "none"
            ) + f" ({len(listed):,} {'prime' if len(listed) == 1 else 'primes'})"
        case _:
            result = _counted(kind, numbers, first, second)
            value, display = str(result), Quantity(Fraction(result)).display()[0]
    return Outcome(value, display, f"{describe(arguments)}: {display}")


def _counted(kind: str, numbers: list[int], first: int, second: int) -> int:
    match kind:
        case "choose":
            return math.comb(first, second)
        case "arrange":
            return math.perm(first, second)
        case "gcd":
            return math.gcd(*numbers)
        case "lcm":
            return math.lcm(*numbers)
        case _:
            one, other = 0, 1
            for _ in range(first):
                one, other = other, one + other
            return one


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001, PLR0911 (one for each kind)
    """Multiplying out, testing each prime, Euclid's algorithm, Pascal's rule."""
    kind, numbers = _read(arguments)
    value, first, second = outcome.value, numbers[0], numbers[-1]
    match kind:
        case "factors":
            parts = [tuple(int(n) for n in part.split("^")) for part in value.split()]
            right = math.prod(p**e for p, e in parts) == first and all(is_prime(p) and e > 0 for p, e in parts)
            return Check(
                right and parts == sorted(parts),
                "multiplying the factors, each of which is prime by Miller and Rabin's test",
            )
        case "prime":
            return Check(value == ("yes" if is_prime(first) else "no"), "Miller and Rabin's test")
        case "divisors":
            found = [int(part) for part in value.split()]
            right = found == sorted(set(found)) and all(first % one == 0 for one in found)
            if first <= 10**9:
                small = sum(
                    1 if one * one == first else 2 for one in range(1, math.isqrt(first) + 1) if first % one == 0
                )
                return Check(right and small == len(found), "dividing by each number up to the root")
            pairs = all(one * other == first for one, other in zip(found, reversed(found), strict=True))
            return Check(right and pairs, "pairs whose product is the number")
        case "next prime":
            found_prime = int(value)
            right = passes_fermat(found_prime) and not any(
                passes_fermat(n) for n in range(max(first + 1, 2), found_prime)
            )
            return Check(right, "dividing by small numbers, and Fermat's test")
        case "primes":
            low, high = (2, first) if len(numbers) == 1 else (max(2, min(numbers)), max(numbers))
            return Check([int(part) for part in value.split()] == sieve(low, high), "the sieve of Eratosthenes")
    return Check(_recounted(kind, numbers, first, second) == int(value), _HOW[kind])


_HOW = {
    "choose": "multiplying and dividing step by step",
    "arrange": "factorials divided",
    "gcd": "Euclid's algorithm",
    "lcm": "Euclid's algorithm",
    "fibonacci": "doubling the index",
}


def _recounted(kind: str, numbers: list[int], first: int, second: int) -> int:
    match kind:
        case "choose":
            result = Fraction(1) if second <= first else Fraction(0)
            for step in range(1, min(second, first) + 1):
                result = result * (first - step + 1) / step
            return int(result)
        case "arrange":
            return math.factorial(first) // math.factorial(first - second) if second <= first else 0
        case "fibonacci":
            return _fibonacci(first)[0]
    divisor, multiple = 0, 1
    for number in numbers:
        one, other = divisor, abs(number)
        while other:
            one, other = other, one % other
        divisor = one
        one, other = multiple, abs(number)
        while other:
            one, other = other, one % other
        multiple = abs(multiple * number) // one if one else 0
    return divisor if kind == "gcd" else multiple


def _fibonacci(index: int) -> tuple[int, int]:
    if not index:
        return 0, 1
    one, other = _fibonacci(index // 2)
    even, odd = one * (2 * other - one), one * one + other * other
    return (odd, even + odd) if index % 2 else (even, odd)


def describe(arguments: Arguments) -> str:
    """`the prime factors of 360`."""
    kind, numbers = _read(arguments)
    first, shown = f"{numbers[0]:,}", " and ".join(f"{number:,}" for number in numbers)
    return {
        "factors": f"the prime factors of {first}",
        "prime": f"whether {first} is prime",
        "divisors": f"the divisors of {first}",
        "next prime": f"the next prime after {first}",
        "primes": f"the primes up to {shown}"
        if len(numbers) == 1
        else f"the primes from {shown.replace(' and ', ' to ')}",
        "choose": f"the ways to choose {numbers[-1]:,} of {first}",
        "arrange": f"the ways to arrange {numbers[-1]:,} of {first}",
        "gcd": f"the greatest common divisor of {shown}",
        "lcm": f"the least common multiple of {shown}",
        "fibonacci": f"the Fibonacci number {first}",
    }[kind]


TOOL = Tool(
    name="integers",
    summary="whole numbers: primes, factors, divisors, common divisors and multiples, combinations and permutations",
    examples=(
        "prime factorisation of 360",
        "Is 91 prime?",
        "10 choose 3",
        "greatest common divisor of 84 and 36",
        "divisors of 28",
        "permutations of 3 out of 10",
    ),
    parameters=("kind", "numbers", "more"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
