"""Exercises in words: how they become formulas, and that the second method of their tools tells right from wrong."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agents.messages import Outcome
from app.agents.reading import read_task
from app.agents.solver import solve
from app.language.errors import AmbiguousError, ImpossibleError
from app.language.number_stories import as_equations
from app.language.percent_stories import as_percentage
from app.language.proportions import as_parts, as_proportion
from app.language.rates import as_rate
from app.language.savings import read_savings
from app.language.series import as_series
from app.language.shapes import as_shape
from app.language.spelled import spelled
from app.language.word_numbers import in_digits
from app.tools import registry

# A step of each kind with its right value, and a wrong one.
STEPS: list[tuple[str, dict[str, str], str, str]] = [
    ("curves", {"kind": "limit", "formula": "sin(x)/x", "variable": "x", "at": "0", "to": ""}, "1", "1.1"),
    ("curves", {"kind": "limit", "formula": "(2x+1)/(x-3)", "variable": "x", "at": "oo", "to": ""}, "2", "3"),
    ("curves", {"kind": "tangent", "formula": "x^2", "variable": "x", "at": "3", "to": ""}, "6*x - 9", "6*x - 8"),
    ("curves", {"kind": "slope", "formula": "x^3", "variable": "x", "at": "2", "to": ""}, "12", "11"),
    ("curves", {"kind": "extremes", "formula": "x^2", "variable": "x", "at": "", "to": ""},
     "minimum: 0: 0", "maximum: 0: 0"),
    ("curves", {"kind": "series", "formula": "exp(x)", "variable": "x", "at": "0", "to": "2"},
     "x^2/2 + x + 1", "x^2/3 + x + 1"),
    ("curves", {"kind": "sum", "formula": "k^2", "variable": "k", "at": "1", "to": "10"}, "385", "384"),
    ("curves", {"kind": "sum", "formula": "1/2^n", "variable": "n", "at": "0", "to": "oo"}, "2", "1"),
    ("formulas", {"kind": "expand", "formula": "(x+2)(x-3)"}, "x^2 - x - 6", "x^2 - x + 6"),
    ("formulas", {"kind": "factor", "formula": "x^2-9"}, "(x - 3)*(x + 3)", "(x - 3)*(x + 4)"),
    ("formulas", {"kind": "value", "formula": "sin(30°)"}, "1/2", "1/3"),
    ("savings", {"kind": "savings", "amount": "200", "rate": "4", "periods": "180", "per_year": "12"}, "", "49000"),
    ("savings", {"kind": "deposit", "amount": "50000", "rate": "3", "periods": "120", "per_year": "12"}, "", "350"),
    ("savings", {"kind": "balance", "amount": "200000", "rate": "4", "periods": "240", "after": "60", "per_year": "12"},
     "", "160000"),
    ("savings", {"kind": "payoff", "amount": "10000", "other": "250", "rate": "6", "per_year": "12"}, "45", "46"),
    ("savings", {"kind": "effective", "rate": "12", "per_year": "12"}, "", "12"),
    ("savings", {"kind": "present", "amount": "10000", "rate": "5", "periods": "8", "per_year": "1"}, "", "6800"),
    ("savings", {"kind": "affordable", "amount": "1000", "rate": "4", "periods": "300", "per_year": "12"},
     "", "190000"),
    ("savings", {"kind": "doubling", "rate": "7", "per_year": "1"}, "", "10"),
    ("savings", {"kind": "rate", "amount": "1000", "other": "2000", "periods": "10", "per_year": "1"}, "", "7"),
    ("savings", {"kind": "simple", "amount": "2000", "rate": "4", "periods": "3", "per_year": "1"}, "240", "241"),
    ("savings", {"kind": "growth", "amount": "1000", "rate": "5", "periods": "2", "per_year": "1"}, "1102.5", "1102"),
    ("weekdays", {"kind": "nth", "first": "2026-11", "second": "3 thursday"}, "2026-11-19", "2026-11-12"),
    ("weekdays", {"kind": "nth", "first": "2025-12", "second": "-1 friday"}, "2025-12-26", "2025-12-19"),
    ("weekdays", {"kind": "count", "first": "2026-05", "second": "friday"}, "5", "4"),
    ("weekdays", {"kind": "easter", "first": "2026", "second": ""}, "2026-04-05", "2026-04-12"),
    ("weekdays", {"kind": "leap", "first": "2096", "second": ""}, "2104", "2108"),
    ("weekdays", {"kind": "quarter", "first": "2025-12-15", "second": ""}, "4", "3"),
    ("weekdays", {"kind": "is", "first": "2026-08-12", "second": "wednesday"}, "yes", "no"),
    ("weekdays", {"kind": "left", "first": "2025-10-10", "second": ""}, "82", "83"),
    ("weekdays", {"kind": "years", "first": "2020", "second": "2024"}, "1827", "1826"),
    ("words", {"kind": "caesar", "text": "Hello", "other": "", "shift": "13"}, "Uryyb", "Uryya"),
    ("words", {"kind": "uncaesar", "text": "khoor", "other": "", "shift": "3"}, "hello", "hallo"),
    ("words", {"kind": "morse", "text": "SOS", "other": "", "shift": ""}, "... --- ...", "... --- .."),
    ("words", {"kind": "occurrences", "text": "Mississippi", "other": "s", "shift": ""}, "4", "3"),
    ("words", {"kind": "palindrome", "text": "racecar", "other": "", "shift": ""}, "yes", "no"),
    ("words", {"kind": "anagram", "text": "listen", "other": "silent", "shift": ""}, "yes", "no"),
    ("words", {"kind": "first", "text": "international", "other": "", "shift": "5"}, "inter", "intern"),
    ("words", {"kind": "sorted", "text": "b, a, c", "other": "", "shift": ""}, "a, b, c", "a, c, b"),
    ("words", {"kind": "unique", "text": "a, b, a", "other": "", "shift": ""}, "a, b", "b, a"),
    ("words", {"kind": "descending", "text": "5, 3, 10", "other": "", "shift": ""}, "10, 5, 3", "5, 3, 10"),
    ("words", {"kind": "snake case", "text": "someName", "other": "", "shift": ""}, "some_name", "some_names"),
    ("divisibility", {"kind": "divisible", "first": "12345", "second": "9"}, "no", "yes"),
    ("divisibility", {"kind": "square", "first": "144", "second": "0"}, "yes", "no"),
    ("divisibility", {"kind": "cube", "first": "-27", "second": "0"}, "yes", "no"),
    ("divisibility", {"kind": "square", "first": str(10**40), "second": "0"}, "yes", "no"),
    ("divisibility", {"kind": "perfect", "first": "28", "second": "0"}, "yes", "no"),
    ("divisibility", {"kind": "nth prime", "first": "10", "second": "0"}, "29", "31"),
    ("divisibility", {"kind": "inverse", "first": "3", "second": "11"}, "4", "5"),
    ("divisibility", {"kind": "totient", "first": "36", "second": "0"}, "12", "13"),
    ("divisibility", {"kind": "count divisors", "first": "360", "second": "0"}, "24", "23"),
    ("divisibility", {"kind": "power", "first": "4096", "second": "2"}, "12", "11"),
    ("divisibility", {"kind": "ratio", "first": "24", "second": "36"}, "2:3", "4:6"),
    ("divisibility", {"kind": "digits", "first": str(2**1000), "second": "0"}, "302", "301"),
    ("divisibility", {"kind": "digit sum", "first": str(2**15), "second": "0"}, "26", "25"),
    ("statistics", {"statistic": "first quartile", "numbers": "1 2 3 4 5 6 7 8"}, "5/2", "2"),
    ("statistics", {"statistic": "interquartile range", "numbers": "1 2 3 4 5 6 7 8 9"}, "5", "4"),
    ("statistics", {"statistic": "geometric mean", "numbers": "4 9"}, "6", "7"),
    ("statistics", {"statistic": "harmonic mean", "numbers": "40 60"}, "48", "50"),
    ("arithmetic", {"expression": "pi * [5 cm] ^ 2"}, "", "78 cm^2"),
    ("cash_flows", {"flows": "-1000; 300; 400; 500", "rate": "8"}, "", "18"),
    ("cash_flows", {"flows": "-1000; 300; 400; 500", "rate": ""}, "", "9"),
    ("loans", {"kind": "payment", "principal": "100000", "rate": "5", "periods": "10", "per_year": "1"}, "", "12000"),
    ("pairs", {"equations": "1 1 30; 1 -1 4", "wanted": "x", "unit": "year"}, "17 13", "17 12"),
    ("motion", {"kind": "together", "one": "80 km/h", "other": "70 km/h", "third": "300 km"}, "2 h", "3 h"),
    ("motion", {"kind": "apart", "one": "60 km/h", "other": "80 km/h", "third": "3 h"}, "420 km", "60 km"),
    ("motion", {"kind": "after a time", "one": "60 km/h", "other": "80 km/h", "third": "2 h"}, "6 h", "8 h"),
    ("motion", {"kind": "after a distance", "one": "8 m/s", "other": "10 m/s", "third": "200 m"}, "5/3 min", "2 min"),
    ("motion", {"kind": "both ways", "one": "15 km/h", "other": "3 km/h", "third": "36 km"}, "5 h", "6 h"),
    ("motion", {"kind": "along", "one": "15 km/h", "other": "3 km/h", "third": "36 km"}, "2 h", "3 h"),
    ("motion", {"kind": "against", "one": "15 km/h", "other": "3 km/h", "third": "36 km"}, "3 h", "2 h"),
    ("motion", {"kind": "speed against", "one": "15 km/h", "other": "3 km/h"}, "12 km/h", "18 km/h"),
    ("motion", {"kind": "speed along", "one": "15 km/h", "other": "3 km/h"}, "18 km/h", "12 km/h"),
    ("motion", {"kind": "passing", "one": "72 km/h", "other": "200 m", "third": "300 m"}, "25 s", "10 s"),
    ("shared_work", {"times": "3 h; -6 h"}, "6 h", "2 h"),
    ("mixtures", {"kind": "added", "amount": "10 l", "strength": "50", "other": "20", "third": "30"}, "20 l", "10 l"),
    ("mixtures", {"kind": "both", "amount": "2 l", "strength": "30", "other": "3 l", "third": "60"}, "48", "45"),
    ("values", {"kind": "value", "equations": "x^2 = 9", "unknowns": "x", "formula": "x + 1"}, "-2 | 4", "-2 | 5"),
    ("values", {"kind": "rearranged", "equations": "v = u + a*t", "unknowns": "t", "formula": "t"},
     "(-u + v)/a", "(u + v)/a"),
    ("savings", {"kind": "doubling", "rate": "7", "per_year": "12"}, "", "119"),
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[0]} {' '.join(map(str, step[1].values()))[:50]}")
def test_the_second_method_agrees_with_the_right_result_only(step: tuple[str, dict[str, str], str, str]) -> None:
    name, given_arguments, right, wrong = step
    tool = registry()[name]
    arguments = {parameter: given_arguments.get(parameter, "") for parameter in tool.parameters}
    outcome = tool.solve(arguments)

    # Amounts are known to more digits than are written here.
    assert not right or outcome.value.removeprefix("\u2248") in {right, _as_fraction(right)}
    assert tool.check(arguments, outcome, solve).agrees
    assert not tool.check(arguments, Outcome(wrong, "", ""), solve).agrees


def _as_fraction(text: str) -> str:
    try:
        return str(Fraction(text))
    except ValueError:
        return text


@given(st.integers(1, 10**15 - 1))
def test_numbers_in_words_within_a_sentence_become_digits(value: int) -> None:
    assert in_digits(f"what is {spelled(Fraction(value))} times x") == f"what is {value} times x"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("two and three", "2 and 3"),
        ("twenty-three times two thirds", "23 times 2/3"),
        ("the second third", "the second third"),
        ("a hundred and five", "105"),
        ("one half of three quarters", "1/2 of 3/4"),
        ("the fourth power", "the fourth power"),
    ],
)
def test_only_numbers_become_digits(text: str, read: str) -> None:
    assert in_digits(text) == read


@pytest.mark.parametrize(
    "text",
    [
        # What would change the arithmetic is not left aside.
        "A car travels at 80 km/h for 2 hours and back at 40 km/h. How far does it go",
        "A car drives 60 km at 30 km/h and 60 km at 60 km/h. What is its average speed",
        "A train of 200 km/h is 20 km/h faster than another in 2 hours. How far",
        "A car drives 100 km in 2 hours with a break of 30 minutes. How fast is it",
    ],
)
def test_a_rate_is_not_read_where_words_may_change_it(text: str) -> None:
    assert as_rate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "If 4 eggs take 8 minutes to boil, how long do 8 eggs take",
        "If 5 apples cost 3 more than 4 pears, how much do 8 apples cost",
        "If 5 cats catch 5 mice in 5 minutes, how long do 100 cats need",
    ],
)
def test_a_proportion_is_not_read_where_it_may_be_none(text: str) -> None:
    assert as_proportion(text) is None


def test_a_shape_with_words_that_are_not_understood_is_not_read() -> None:
    assert as_shape("area of a circle with radius 5 cm") == "pi * (5 cm) ^ 2"
    assert as_shape("area of a box 2 by 3 m") is None
    assert as_shape("area of a circle with radius 5 cm without a hole") is None
    assert as_shape("volume of a box 2 by 3 by 4 m") == "(2 m) * (3 m) * (4 m)"


def test_a_series_must_be_one() -> None:
    assert as_series("1 + 2 + 3 + ... + 100") == "100 * ((1) + (100)) / 2"
    assert as_series("1 + 2 + 4 + ... + 64") is None
    assert as_series("1 + 3 + ... + 100") is None


def test_savings_with_something_left_over_are_not_read() -> None:
    assert read_savings("If I save 200 a month at 4% for 15 years, how much will I have") is not None
    assert read_savings("If I save 200 a month at 4% for 15 years and take out 50, how much will I have") is None
    assert read_savings("If I save 200 a month for 15 years, how much will I have") is None


def test_riddles_become_equations_or_nothing() -> None:
    found = as_equations("3 times a number plus 5 is 26. What is the number?")
    assert found is not None
    assert found[0] == "3*x+5=26"
    assert as_equations("the number 3 4 is 5") is None
    assert as_equations("a number is nice") is None


def test_parts_and_percentages_in_sentences() -> None:
    assert as_parts("divide 720 in the ratio 4:5") == [
        ("share of 4 in 4:5", "(720) * 4 / (4 + 5)"),
        ("share of 5 in 4:5", "(720) * 5 / (4 + 5)"),
    ]
    assert as_percentage("net price of 242 including 21% VAT") == ("whole", "100 + 21", "(242)")
    assert as_percentage("a price of 80 and 20% on Tuesdays") is None


WORDS = (
    "the", "of", "and", "sum", "5", "20%", "cm", "km/h", "how", "much", "a", "circle", "with", "radius", "price",
    "VAT", "from", "to", "after", "discount", "number", "is", "times", "ratio", "4:5", "for", "years", "save", "month",
    "in", "limit", "x", "approaches", "letters", "(", ")", ",", "if", "what", "cost", "apples", "quartiles", "first",
    "Monday",
)  # fmt: skip


def long_word_problems(word: str) -> list[str]:
    return [f"{word} " * 60, f"the sum of {word} " * 16, f"if a {word} 5 " * 24, f"how much {word} " * 20 + "20%"]


@pytest.mark.parametrize("word", WORDS)
def test_long_word_problems_are_read_to_their_end(word: str) -> None:
    for text in long_word_problems(word):
        with suppress(AmbiguousError, ImpossibleError):
            read_task([text])
