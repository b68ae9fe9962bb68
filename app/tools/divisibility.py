"""Properties of whole numbers: divisible, perfect, square, nth prime, inverse, totient, digits; each checked anew."""

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
from app.language.quantity import Quantity
from app.language.question import asked
from app.tools.tool import Arguments, Tool

LONGEST = 200
LARGEST = 10**12
MOST_PRIMES = 20_000
_N = r"(?P<a>[0-9][0-9,^! ]{0,40}?)"
_M = r"(?P<b>[0-9][0-9,]{0,15})"
_COMPILED = compiled(
    (
        ("divisible", rf"(?:is )?{_N} (?:is )?(?:evenly )?(?:divisible by|a multiple of) {_M}"),
        ("divisible", rf"does {_M} divide {_N}"),
        ("square", rf"(?:is )?{_N} (?:is )?a perfect square(?: number)?"),
        ("cube", rf"(?:is )?{_N} (?:is )?a perfect cube"),
        ("perfect", rf"(?:is )?{_N} (?:is )?a perfect number"),
        ("nth prime", r"(?:the )?(?P<a>[0-9]{1,5})(?:st|nd|rd|th) prime(?: number)?"),
        ("inverse", rf"(?:the )?(?:modular |multiplicative )?inverse of {_N} (?:modulo|mod) {_M}"),
        (
            "totient",
            (
                rf"(?:the )?(?:euler(?:'s)? )?(?:phi|totient)(?: function)? ?(?:of"
                rf" )?\(?{_N}\)?|φ\((?P<b>[0-9,]{{1,15}})\)"
            ),
        ),
        (
            "count divisors",
            rf"(?:how many|(?:the )?number of) (?:positive )?(?:divisors|factors) (?:does |of )?{_N}(?: have| has)?",
        ),
        ("power", rf"{_N} (?:as|in the form of) a power of {_M}"),
        (
            "ratio",
            (
                r"(?:simplify|reduce)?(?: ?the)?(?: ?ratio) (?P<a>[0-9,.]{1,15}) ?(?::|to) ?(?P<b>[0-9,.]{1,15})(?:"
                r" in (?:its )?(?:simplest|lowest) (?:form|terms))?"
            ),
        ),
        ("digits", rf"how many (?:decimal )?digits (?:does |are (?:there )?in )?{_N}(?: have| has)?"),
        ("digits", rf"(?:the )?number of (?:decimal )?digits (?:of|in) {_N}"),
        ("digit sum", rf"(?:the )?(?:sum of (?:the|all) digits|digit sum|sum of digits|cross sum) (?:of|in) {_N}"),
    )
)
_KINDS = {kind for kind, _ in _COMPILED}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`Is 12345 divisible by 9?`, `inverse of 3 modulo 11`, `10th prime`."""
    text = re.sub("^write ", "", asked(question), flags=re.IGNORECASE)
    return first_read(text, _COMPILED, _plan) if len(text) <= LONGEST else None


def _plan(kind: str, match: re.Match[str]) -> Plan:
    found = {name: (value or "").strip(" ,") for name, value in match.groupdict().items()}
    first, second = found["a"] or found.get("b", ""), found.get("b", "") if found["a"] else ""
    if not first:
        raise NotUnderstoodError(match[0])
    plan = Plan()
    arguments: dict[str, str | Node] = {"kind": kind, "first": operand(parse(first), plan)}
    arguments["second"] = operand(parse(second), plan) if second else "0"
    plan.steps.append(PlannedStep("divisibility", arguments))
    return plan


def _read(arguments: Arguments) -> tuple[str, int, int]:
    kind = arguments["kind"]
    if kind not in _KINDS:
        raise ValueError(f"kind is one of {', '.join(sorted(_KINDS))}")
    one, other = (Quantity.parse(arguments[name]) for name in ("first", "second"))
    if kind == "ratio":
        scale = math.lcm(one.number.denominator, other.number.denominator)
        one, other = (Quantity(quantity.number * scale) for quantity in (one, other))
    if any(quantity.units or quantity.number.denominator != 1 or not quantity.exact for quantity in (one, other)):
        raise ImpossibleError("this is asked of whole numbers")
    a, b = int(one.number), int(other.number)
    if kind in {"totient", "count divisors", "perfect"} and not 1 <= a <= LARGEST:
        raise ImpossibleError(f"this is asked of whole numbers from 1 to {LARGEST:,}")
    if kind == "nth prime" and not 1 <= a <= MOST_PRIMES:
        raise ImpossibleError(f"I know the first {MOST_PRIMES:,} primes")
    if (kind in {"divisible", "ratio"} and not b) or (kind in {"inverse", "power"} and b < 2):
        raise ImpossibleError("the second number is too small")
    return kind, a, b


def solve(arguments: Arguments) -> Outcome:  # noqa: C901, PLR0912 (one branch for each kind)
    """The number, or yes or no."""
    kind, a, b = _read(arguments)
    match kind:
        case "divisible":
            rest = a % b
            value, display = (
                ("no", f"no, the remainder is {rest:,}") if rest else ("yes", f"yes, {a:,} = {b:,} * {a // b:,}")
            )
        case "square" | "cube":
            root = math.isqrt(max(a, 0)) if kind == "square" else _cube_root(a)
            right = root ** (2 if kind == "square" else 3) == a
            value, display = ("yes", f"yes, {a:,} = {root:,}^{2 if kind == 'square' else 3}") if right else ("no", "no")
        case "perfect":
            value = display = "yes" if sum(_divisors(a)) == 2 * a else "no"
        case "nth prime":
            value = str(_primes(a)[-1])
            display = f"{int(value):,}"
        case "inverse":
            if math.gcd(a, b) != 1:
                raise ImpossibleError(f"{a:,} has no inverse modulo {b:,}: they have a common divisor")
            value = display = str(pow(a, -1, b))
        case "totient":
            value = str(_totient(a))
            display = f"{int(value):,}"
        case "count divisors":
            value = str(len(_divisors(a)))
            display = f"{int(value):,} divisors"
        case "power":
            power = next((number for number in range(20_000) if b**number >= a), -1)
            if power < 0 or b**power != a:
                raise ImpossibleError(f"{a:,} is no whole power of {b:,}")
            value, display = str(power), f"{b}^{power}"
        case "ratio":
            divisor = math.gcd(a, b)
            value = display = f"{a // divisor}:{b // divisor}"
        case "digits":
            value = str(len(str(abs(a))))
            display = f"{value} digits"
        case _:
            value = display = str(sum(map(int, str(abs(a)))))
    return Outcome(value, display, f"{describe(arguments)}: {display}")


def _cube_root(number: int) -> int:
    root = round(abs(number) ** (1 / 3)) if abs(number) < 10**300 else 0
    near = next((each for each in (root - 1, root, root + 1) if each**3 == abs(number)), root)
    return near if number >= 0 else -near


def _divisors(number: int) -> list[int]:
    small = [each for each in range(1, math.isqrt(number) + 1) if number % each == 0]
    return sorted({*small, *(number // each for each in small)})


def _factors(number: int) -> dict[int, int]:
    found: dict[int, int] = {}
    prime = 2
    while prime * prime <= number:
        while number % prime == 0:
            found[prime] = found.get(prime, 0) + 1
            number //= prime
        prime += 1
    if number > 1:
        found[number] = found.get(number, 0) + 1
    return found


def _totient(number: int) -> int:
    result = number
    for prime in _factors(number):
        result -= result // prime
    return result


def _primes(count: int) -> list[int]:
    """The first primes, by the sieve of Eratosthenes."""
    size = max(20, int(count * (math.log(count + 1) + math.log(math.log(count + 3)) + 2)))
    sieve = bytearray([1]) * size
    sieve[0:2] = b"\0\0"
    for number in range(2, math.isqrt(size) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, size, number)))
    return [number for number, prime in enumerate(sieve) if prime][:count]


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001, PLR0911, C901 (one for each kind)
    """The same by what defines it."""
    kind, a, b = _read(arguments)
    value = outcome.value
    match kind:
        case "divisible":
            return Check((value == "yes") == (math.gcd(a, b) == b), "the greatest common divisor")
        case "square" | "cube":
            every = 2 if kind == "square" else 3
            if abs(a) > LARGEST:
                return Check((value == "yes") == _is_power(abs(a), every), "halving intervals")
            parts = all(power % every == 0 for power in _factors(abs(a)).values())
            return Check((value == "yes") == (parts and (a >= 0 or every == 3)), "the powers of its primes")
        case "perfect" | "count divisors":
            # The sum, and the count, of divisors are products over its primes.
            factors = _factors(a)
            total = math.prod(sum(prime**power for power in range(most + 1)) for prime, most in factors.items())
            count = math.prod(most + 1 for most in factors.values())
            same = (value == "yes") == (total == 2 * a) if kind == "perfect" else int(value) == count
            return Check(same, "its prime factors")
        case "nth prime":
            found = int(value)
            below = sum(
                all(number % prime for prime in range(2, math.isqrt(number) + 1)) for number in range(2, found + 1)
            )
            return Check(below == a and found > 1, "counting primes by trial division")
        case "inverse":
            return Check(a * int(value) % b == 1 and 0 <= int(value) < b, "multiplying")
        case "totient":
            product = Fraction(a) * math.prod((1 - Fraction(1, prime) for prime in _factors(a)), start=Fraction(1))
            counted = sum(math.gcd(number, a) == 1 for number in range(1, a + 1)) if a <= 100_000 else product
            return Check(int(value) == counted, "counting" if a <= 100_000 else "the product over its primes")
        case "power":
            return Check(
                math.isclose(math.log(a) / math.log(b), int(value), abs_tol=1e-6) and b ** int(value) == a, "logarithms"
            )
        case "ratio":
            one, other = (int(part) for part in value.split(":"))
            return Check(one * b == other * a and math.gcd(one, other) == 1, "cross-multiplication")
        case "digits":
            return Check(a == 0 or 10 ** (int(value) - 1) <= abs(a) < 10 ** int(value), "powers of ten")
        case _:
            total, rest = 0, abs(a)
            while rest:
                rest, digit = divmod(rest, 10)
                total += digit
            return Check(str(total) == value and (abs(a) - total) % 9 == 0, "casting out nines")


def _is_power(number: int, every: int) -> bool:
    low, high = 0, 1 << (number.bit_length() // every + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**every < number else (low, middle)
    return bool(low**every == number)


def describe(arguments: Arguments) -> str:
    """`whether 12,345 is divisible by 9`."""
    kind, a, b = _read(arguments)
    one, other = (f"{number:,}" if abs(number) < 10**30 else "the number" for number in (a, b))
    return {
        "divisible": f"whether {one} is divisible by {other}",
        "square": f"whether {one} is a square",
        "cube": f"whether {one} is a cube",
        "perfect": f"whether {one} is a perfect number",
        "nth prime": f"prime number {one}",
        "inverse": f"the inverse of {one} modulo {other}",
        "totient": f"Euler's totient of {one}",
        "count divisors": f"the number of divisors of {one}",
        "power": f"{one} as a power of {other}",
        "ratio": f"the ratio {one}:{other} in lowest terms",
        "digits": f"the number of digits of {one}",
        "digit sum": f"the sum of the digits of {one}",
    }[kind]


TOOL = Tool(
    name="divisibility",
    summary="properties of whole numbers: divisible, perfect, square, digits, inverses",
    examples=("Is 12345 divisible by 9?", "inverse of 3 modulo 11", "sum of the digits of 2^15"),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
