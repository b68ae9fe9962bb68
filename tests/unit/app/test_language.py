"""Numbers, quantities and expressions: what is read is what was written."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.evaluate import evaluate, integer_root
from app.language.expression import Binary, Negate, Node, Percent, Value, text
from app.language.numbers import fixed, magnitude, read_fraction, scientific, show, terminating_decimals
from app.language.parser import parse, parse_units
from app.language.quantity import Quantity
from app.language.question import bare
from app.language.residues import agrees
from app.language.units import all_units

FRACTIONS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4)
UNITS = st.sampled_from([(), (("km", 1),), (("kg", 1), ("s", -2)), (("°C", 1),), (("fl_oz", 1),), (("USD", 1),)])
PLAIN = st.builds(Value, st.builds(Quantity, FRACTIONS))
TREES = st.recursive(
    PLAIN,
    lambda below: st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), below, below),
        st.builds(Negate, below),
        st.builds(Percent, below),
    ),
    max_leaves=12,
)


@given(st.builds(Quantity, FRACTIONS, UNITS, st.booleans()))
def test_quantity_is_read_back_as_written(quantity: Quantity) -> None:
    assert Quantity.parse(str(quantity)) == quantity


@pytest.mark.parametrize("written", ["", "km", "1.5", "1/0", "1 parsec_", "1 km^", "1 km^999", "1e5", "1/2/3", "٣"])
def test_what_is_no_canonical_quantity_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Quantity.parse(written)


@given(TREES)
def test_expression_means_the_same_after_being_written_and_read(tree: Node) -> None:
    try:
        expected = evaluate(tree)
    except ImpossibleError:
        return
    assert evaluate(parse(text(tree))) == expected


@given(TREES)
def test_second_method_agrees_with_the_first_and_with_nothing_else(tree: Node) -> None:
    try:
        result = evaluate(tree)
    except ImpossibleError:
        return
    assert agrees(tree, result) == (True, "remainders modulo two primes")
    assert not agrees(tree, Quantity(result.number + Fraction(1, 10**6), result.units))[0]
    assert not agrees(tree, Quantity(result.number, (("kg", 1),)))[0] or not result.number


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("3 m + 4 m", "7 s"),
        ("3 m * 4 m", "12 m"),
        ("2 ^ 200", str(2**200 + 10)),
        ("30!", "265252859812191058636308480000001"),
        ("sqrt(2)", "≈1414213562/1000000000"),
        ("gcd(12; 18)", "3"),
        ("round(5.7 ft)", "5 ft"),
        ("2^1000 mod 7", "3"),
    ],
)
def test_second_method_notices_a_wrong_result(expression: str, wrong: str) -> None:
    assert agrees(parse(expression), evaluate(parse(expression)))[0]
    assert not agrees(parse(expression), Quantity.parse(wrong))[0]


@given(st.text(max_size=60))
@example("[1 km")
@example("((((")
@example("1" * 60)
@example("9^9^9^9^9")
def test_no_text_makes_the_parser_fail_otherwise_than_by_refusing(question: str) -> None:
    with suppress(NotUnderstoodError, ImpossibleError):
        evaluate(parse(bare(question)))


@given(st.text(alphabet="0123456789.,+-*/^()!% kmin²$e", max_size=40))
def test_no_formula_makes_the_parser_fail_otherwise_than_by_refusing(question: str) -> None:
    with suppress(NotUnderstoodError, ImpossibleError):
        evaluate(parse(bare(question)))


def test_nesting_has_a_limit() -> None:
    assert evaluate(parse("(" * 25 + "1" + ")" * 25 + "+1")).number == 2
    with pytest.raises(NotUnderstoodError):
        parse("(" * 2000 + "1" + ")" * 2000)
    with pytest.raises(NotUnderstoodError):
        parse("-" * 500 + "1")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(5), ("5", False)),
        (Fraction(-5, 4), ("-1.25", False)),
        (Fraction(1, 3), ("0.3333", True)),
        (Fraction(2000, 3), ("666.67", True)),
        (Fraction(10**9, 7), ("142,857,142.86", True)),
        (Fraction(1, 700), ("0.001429", True)),
        (Fraction(1, 3 * 10**20), ("3.333e-21", True)),
        (Fraction(99999, 10**18 * 10), ("1.000e-14", True)),
        (Fraction(0), ("0", False)),
    ],
)
def test_number_is_shown_in_full_or_rounded(value: Fraction, shown: tuple[str, bool]) -> None:
    assert show(value) == shown


@given(FRACTIONS.filter(bool))
def test_magnitude_is_the_leading_digit_s_place(value: Fraction) -> None:
    assert Fraction(10) ** magnitude(value) <= abs(value) < Fraction(10) ** (magnitude(value) + 1)


@given(FRACTIONS)
def test_terminating_decimals_write_the_number_exactly(value: Fraction) -> None:
    decimals = terminating_decimals(value)
    if decimals is not None:
        assert Fraction(fixed(value, decimals).replace(",", "")) == value
        assert read_fraction(str(value)) == value


def test_scientific_rounds_up_to_the_next_power() -> None:
    assert scientific(Fraction(99999, 10**20)) == "1.000e-15"


@given(st.integers(0, 10**12), st.integers(2, 12))
def test_integer_root_is_the_root_or_none(root: int, degree: int) -> None:
    assert integer_root(root**degree, degree) == root
    if root > 1:
        assert integer_root(root**degree + 1, degree) is None


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("kilometres", "km"),
        ("Miles", "mi"),
        ("nautical miles", "nmi"),
        ("Mb", "Mb"),
        ("MB", "MB"),
        ("mb", None),
        ("degC", "°C"),
        ("parsnips", None),
    ],
)
def test_unit_is_found_by_the_names_people_use(name: str, symbol: str | None) -> None:
    try:
        found = parse_units(name)
    except NotUnderstoodError:
        found = ()
    assert found == (((symbol, 1),) if symbol else ())


def test_every_unit_is_read_back_from_its_symbol() -> None:
    for symbol in all_units():
        assert parse_units(symbol) == ((symbol, 1),), symbol


def test_factors_of_units_are_those_of_a_well_known_library() -> None:
    reference: dict[str, str] = yaml.safe_load((Path(__file__).parent / "units_reference.yaml").read_text())

    assert len(reference) > 50
    for symbol, factor in reference.items():
        assert all_units()[symbol].factor == Fraction(factor), symbol
