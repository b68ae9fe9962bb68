"""Text into an expression tree, by precedence climbing over a fixed grammar.

Loosest to tightest: `in <unit>`; `+ -`; `* / mod of`; minus; `^`; `! %`; a number with its unit.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from app.language.errors import NotUnderstoodError
from app.language.expression import (
    FUNCTIONS,
    Binary,
    Call,
    Convert,
    Negate,
    Node,
    Operator,
    Percent,
    Percentage,
    Reference,
    Value,
)
from app.language.phrases import read_phrase
from app.language.quantity import Quantity, Units, dimension
from app.language.tokens import END, MULTIPLIERS, Token, tokens
from app.language.unit_parser import CURRENCY_SIGNS, read_units

DEEPEST = 60

# Words for operators: as many words as the key has.
_OPERATORS: dict[tuple[str, ...], tuple[Operator | None, int]] = {
    ("+",): ("+", 10),
    ("plus",): ("+", 10),
    ("-",): ("-", 10),
    ("minus",): ("-", 10),
    ("*",): ("*", 20),
    ("times",): ("*", 20),
    ("·",): ("*", 20),
    ("x",): ("*", 20),
    ("multiplied", "by"): ("*", 20),
    ("/",): ("/", 20),
    ("÷",): ("/", 20),
    ("per",): ("/", 30),
    ("divided", "by"): ("/", 20),
    ("over",): ("/", 20),
    ("mod",): ("mod", 20),
    ("modulo",): ("mod", 20),
    ("of",): (None, 20),
    ("^",): ("^", 40),
    ("**",): ("^", 40),
    ("to", "the", "power", "of"): ("^", 40),
}
# After what stands without a sign before one of these, a sign of multiplication is left out.
_JOINED = {"(", "√", "∛", "π", "pi"}
_CONVERSIONS = {"in", "to", "into", "as"}
_PUNCTUATION = re.compile(r"['\u2019]s\b|[?:!]|[.,;](?=\s|$)")


def parse(text: str) -> Node:
    """The tree of `text`; raises NotUnderstoodError if any of it is left over."""
    parser = _Parser(tokens(text))
    # A bar of a fraction binds tighter than a sign between fractions: 1/2 ÷ 3/4.
    parser.bars = any(token.text == "÷" for token in parser.tokens) or "divided by" in text.lower()
    node = parser.conversion()
    if parser.at().kind != "end":
        raise NotUnderstoodError(parser.at().text)
    return node


def parse_units(text: str) -> Units:
    """A unit alone, `miles per hour`; raises NotUnderstoodError if it is none."""
    found = tokens(text)
    units, used = read_units(found, 0)
    if not units or used != len(found):
        raise NotUnderstoodError(text)
    return units


def measures(text: str) -> tuple[list[Node], list[str]]:
    """The quantities in a sentence, and its other words; raises NotUnderstoodError for what cannot be in one."""
    parser = _Parser(tokens(_PUNCTUATION.sub(" ", text)))
    found: list[Node] = []
    words: list[str] = []
    while parser.at().kind != "end":
        if parser.at().kind in {"number", "value", "reference"} or parser.at().text in CURRENCY_SIGNS:
            found.append(parser.expression(30))
        else:
            words.append(parser.at().text.lower())
            parser.position += 1
    return found, words


class _Parser:
    def __init__(self, found: Sequence[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0
        self.bars = False

    def at(self, ahead: int = 0) -> Token:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else END

    def take(self, *words: str) -> bool:
        """Go past `words` if they come next."""
        if all(self.at(index).text.lower() == word for index, word in enumerate(words)):
            self.position += len(words)
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise NotUnderstoodError(f"{self.at().text} where {sign} should be")

    def conversion(self) -> Node:
        node = self.expression(0)
        while self.at().text.lower() in _CONVERSIONS:
            units, end = read_units(self.tokens, self.position + 1)
            if not units:
                raise NotUnderstoodError(self.at(1).text)
            self.position = end
            node = _convert(node, units)
        return node

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstoodError(f"brackets or signs nested more than {DEEPEST} deep")
        node = self.operand()
        last: Operator | None = None
        while (found := self.operator()) and found[1] >= binding:
            operator, power, length = found
            self.position += length
            if not length and last == "/":
                # 8 ÷ 2(2 + 2) is read in two ways.
                raise NotUnderstoodError("a product without a sign after a division")
            last = operator
            # Only powers group from the right: 2^3^2 is 2^9. So does `of`: 15% of 20% of 500.
            right = self.expression(power if operator in {"^", None} else power + 1)
            node = _join(operator, node, right)
        self.depth -= 1
        return node

    def operator(self) -> tuple[Operator | None, int, int] | None:
        for words, (operator, power) in _OPERATORS.items():
            if all(self.at(index).text.lower() == word for index, word in enumerate(words)):
                if words == ("x",) and self.at(1).text in {"+", "-"}:
                    # In `2x + 1` it is an unknown.
                    return None
                return operator, 25 if self.bars and words == ("/",) else power, len(words)
        return ("*", 20, 0) if self.at().text.lower() in _JOINED else None

    def operand(self) -> Node:
        if self.take("-"):
            return Negate(self.expression(30))
        if self.take("+"):
            return self.expression(30)
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            if self.at().text == self.at(1).text == "!":
                node = self.double_factorial(node)
            elif self.take("!") or self.take("factorial"):
                node = Call("factorial", (node,))
            elif self.take("%") or self.take("percent") or self.take("per", "cent"):
                node = Percent(node)
            elif self.take("‰") or self.take("per", "mille"):
                node = Binary("/", node, Value(Quantity(Fraction(1000))))
            elif self.take("²") or self.take("squared"):
                node = Binary("^", node, Value(Quantity(Fraction(2))))
            elif self.take("³") or self.take("cubed"):
                node = Binary("^", node, Value(Quantity(Fraction(3))))
            else:
                return node

    def double_factorial(self, node: Node) -> Node:
        """`7!!` is 7 · 5 · 3 · 1: of an even number a power of 2 by a factorial, of an odd one what that leaves."""
        self.position += 2
        whole = isinstance(node, Value) and not node.value.units and node.value.number.denominator == 1
        if not isinstance(node, Value) or not whole or node.value.number < 0 or self.at().text == "!":
            raise NotUnderstoodError("!!")
        number = int(node.value.number)
        two, half = (Value(Quantity(Fraction(value))) for value in (2, number // 2))
        even = Binary("*", Binary("^", two, half), Call("factorial", (half,)))
        return Binary("/", Call("factorial", (node,)), even) if number % 2 else even

    def primary(self) -> Node:  # noqa: PLR0911 (one for each thing that may stand alone)
        token = self.at()
        if self.take("("):
            node = self.conversion()
            self.expect(")")
            return node
        if self.take("|"):
            node = self.expression(0)
            self.expect("|")
            return Call("abs", (node,))
        if self.take("√"):
            return Call("sqrt", (self.expression(30),))
        if self.take("∛"):
            return Binary("^", self.expression(41), Value(Quantity(Fraction(1, 3))))
        if self.take("π") or self.take("pi"):
            return Call("pi", ())
        if token.kind == "value" and token.value is not None:
            self.position += 1
            return Value(token.value)
        if token.kind == "reference":
            self.position += 1
            return Reference(-int(token.number))
        if token.text in CURRENCY_SIGNS:
            self.position += 1
            return Value(Quantity(self.number(), ((CURRENCY_SIGNS[token.text], 1), *self.per_unit())))
        if token.kind == "number":
            return self.measure()
        return self.word(token.text.lower())

    def number(self) -> Fraction:
        token = self.at()
        if token.kind != "number":
            raise NotUnderstoodError(token.text)
        self.position += 1
        number = token.number
        while (multiplier := MULTIPLIERS.get(self.at().text.lower())) is not None:
            number *= multiplier
            self.position += 1
        return number

    def measure(self) -> Node:
        """A number with its unit, or several that add up: 5 feet 11 inches."""
        node: Node | None = None
        last: Units = ()
        while self.at().kind == "number":
            start = self.position
            number = self.number()
            number, units = self.fraction_of_unit(number) or (number, self.unit())
            if node is not None and (not units or dimension(units) != dimension(last)):
                self.position = start
                break
            value = Value(Quantity(number, units))
            node, last = (value if node is None else Binary("+", node, value)), units
            if not units:
                break
        if node is None:
            raise NotUnderstoodError(self.at().text)
        return node

    def per_unit(self) -> Units:
        """What stands after a price: `per kg`."""
        if self.at().text.lower() not in {"/", "per"}:
            return ()
        units, end = read_units(self.tokens, self.position + 1)
        self.position = end if units else self.position
        return tuple((symbol, -power) for symbol, power in units)

    def fraction_of_unit(self, numerator: Fraction) -> tuple[Fraction, Units] | None:
        """`1/7 km` is a seventh of a kilometre, not one by seven kilometres."""
        if self.at().text != "/" or self.at(1).kind != "number" or not self.at(1).number:
            return None
        units, end = read_units(self.tokens, self.position + 2)
        if not units or self.at(2).text.lower() in _CONVERSIONS:
            return None
        denominator, self.position = self.at(1).number, end
        return numerator / denominator, units

    def unit(self) -> Units:
        # `5 in to cm` is inches; `5 km in miles` and `5 in miles` convert.
        after = self.at(1).text.lower() in _CONVERSIONS and read_units(self.tokens, self.position + 2)[0]
        if self.at().text.lower() == "in" and not after and read_units(self.tokens, self.position + 1)[0]:
            return ()
        if self.at().text == "x":
            return ()
        units, self.position = read_units(self.tokens, self.position)
        return units

    def word(self, word: str) -> Node:
        if word in {"a", "an", "the"}:
            self.position += 1
            if word != "the" and (units := self.unit()):
                return Value(Quantity(Fraction(1), units))
            return self.primary()
        if (phrase := read_phrase(self)) is not None:
            return phrase
        if word in FUNCTIONS and self.at(1).text == "(":
            self.position += 2
            return self.call(word)
        raise NotUnderstoodError(self.at().text)

    def call(self, name: str) -> Node:
        arguments = [self.conversion()]
        while self.take(",") or self.take(";"):
            arguments.append(self.conversion())
        self.expect(")")
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise NotUnderstoodError(f"{name} with {len(arguments)} arguments")
        return Call(name, tuple(arguments))


def _convert(node: Node, units: Units) -> Node:
    """A conversion; what has two meanings has the one that can be converted: ounces of volume, pounds of money."""
    if isinstance(node, Value):
        own = node.value.units
        for mass, other in (("oz", "fl_oz"), ("lb", "GBP")):
            if own == ((mass, 1),) and _alike(((other, 1),), units):
                return Convert(Value(Quantity(node.value.number, ((other, 1),), node.value.exact)), units)
            if units == ((mass, 1),) and _alike(((other, 1),), own):
                return Convert(node, ((other, 1),))
    return Convert(node, units)


def _alike(one: Units, other: Units) -> bool:
    """Whether two units measure the same kind of thing, as all currencies do."""
    kinds = [{(base.split("_")[0], power) for base, power in dimension(units)} for units in (one, other)]
    return kinds[0] == kinds[1]


def _join(operator: Operator | None, left: Node, right: Node) -> Node:
    if operator is None:
        if isinstance(left, Percent):
            return Percentage("of", left.operand, right)
        return Binary("*", left, right)
    # As on a calculator, `80 + 15%` adds 15% of 80.
    if operator in {"+", "-"} and isinstance(right, Percent) and not isinstance(left, Percent):
        return Percentage("increase" if operator == "+" else "decrease", right.operand, left)
    return Binary(operator, left, right)
