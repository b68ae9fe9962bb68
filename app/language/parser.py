"""Text into an expression tree, by precedence climbing over a fixed grammar.

Loosest to tightest: `in <unit>`; `+ -`; `* / mod of`; minus; `^`; `! %`; a number with its unit.
"""

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
    Value,
)
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
    ("x",): ("*", 20),
    ("multiplied", "by"): ("*", 20),
    ("/",): ("/", 20),
    ("divided", "by"): ("/", 20),
    ("over",): ("/", 20),
    ("mod",): ("mod", 20),
    ("modulo",): ("mod", 20),
    ("of",): (None, 20),
    ("^",): ("^", 40),
    ("**",): ("^", 40),
    ("to", "the", "power", "of"): ("^", 40),
}
_CONVERSIONS = {"in", "to", "into", "as"}
_FACTORS = {"half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4), "double": Fraction(2)}
_ROOT = ("square", "root", "of")


def parse(text: str) -> Node:
    """The tree of `text`; raises NotUnderstoodError if any of it is left over."""
    parser = _Parser(tokens(text))
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


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0

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
            node = Convert(node, units)
        return node

    def expression(self, binding: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstoodError(f"brackets or signs nested more than {DEEPEST} deep")
        node = self.operand()
        while (found := self.operator()) and found[1] >= binding:
            operator, power, length = found
            self.position += length
            # Only powers group from the right: 2^3^2 is 2^9. So does `of`: 15% of 20% of 500.
            right = self.expression(power if operator in {"^", None} else power + 1)
            node = _join(operator, node, right)
        self.depth -= 1
        return node

    def operator(self) -> tuple[Operator | None, int, int] | None:
        for words, (operator, power) in _OPERATORS.items():
            if all(self.at(index).text.lower() == word for index, word in enumerate(words)):
                return operator, power, len(words)
        return None

    def operand(self) -> Node:
        if self.take("-"):
            return Negate(self.expression(30))
        if self.take("+"):
            return self.expression(30)
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while True:
            if self.take("!"):
                node = Call("factorial", (node,))
            elif self.take("%") or self.take("percent") or self.take("per", "cent"):
                node = Percent(node)
            elif self.take("²") or self.take("squared"):
                node = Binary("^", node, Value(Quantity(Fraction(2))))
            elif self.take("³") or self.take("cubed"):
                node = Binary("^", node, Value(Quantity(Fraction(3))))
            else:
                return node

    def primary(self) -> Node:
        token = self.at()
        if self.take("("):
            node = self.conversion()
            self.expect(")")
            return node
        if token.kind == "value" and token.value is not None:
            self.position += 1
            return Value(token.value)
        if token.text in CURRENCY_SIGNS:
            self.position += 1
            return Value(Quantity(self.number(), ((CURRENCY_SIGNS[token.text], 1),)))
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
        if self.at().text.lower() == "in" and read_units(self.tokens, self.position + 1)[0]:
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
        if word in _FACTORS:
            self.position += 1
            if word == "double" or self.at().text.lower() == "of":
                factor = Value(Quantity(_FACTORS[word]))
                return factor if word != "double" else Binary("*", factor, self.expression(21))
            raise NotUnderstoodError(word)
        if self.take(*_ROOT):
            return Call("sqrt", (self.expression(30),))
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


def _join(operator: Operator | None, left: Node, right: Node) -> Node:
    if operator is None:
        if isinstance(left, Percent):
            return Percentage("of", left.operand, right)
        return Binary("*", left, right)
    # As on a calculator, `80 + 15%` adds 15% of 80.
    if operator in {"+", "-"} and isinstance(right, Percent) and not isinstance(left, Percent):
        return Percentage("increase" if operator == "+" else "decrease", right.operand, left)
    return Binary(operator, left, right)
