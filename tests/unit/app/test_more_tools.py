"""More tools over generated steps: right results agree, wrong ones do not, and other libraries say the same."""

import base64
import calendar
import hashlib
import math
import statistics
import urllib.parse
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from app.agents.messages import Outcome, Step
from app.agents.solver import solve
from app.language.dates import easter
from app.language.errors import ImpossibleError
from app.language.primes import is_prime
from app.language.spelled import LARGEST, read_spelled, roman, spelled, unroman
from app.language.tables import read_cell, read_table
from app.tools import registry

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
CELLS = st.decimals(-10000, 10000, places=2, allow_nan=False)


def done(tool: str, **arguments: str) -> Outcome:
    """The outcome of a step whose check agrees, as it must not with another value."""
    kind = registry()[tool]
    outcome = kind.solve(arguments)
    assert kind.check(arguments, outcome, solve).agrees
    return outcome


def agrees(tool: str, value: str, **arguments: str) -> bool:
    try:
        return registry()[tool].check(arguments, Outcome(value, "", ""), solve).agrees
    except ValueError:
        # The planner says that the solver speaks nonsense.
        return False


@given(TEXTS)
def test_encodings_are_those_of_the_standard_library(text: str) -> None:
    data = text.encode()
    expected = {
        "base64": base64.b64encode(data).decode(),
        "hex": data.hex(),
        "url": urllib.parse.quote(text, safe=""),
    }
    for name, encoded in expected.items():
        assert done("encodings", operation=f"{name} encode", text=text).value == encoded
        assert done("encodings", operation=f"{name} decode", text=encoded).value == text
        assert not agrees("encodings", encoded[:-4] or "QQQQ", operation=f"{name} encode", text=text)
    assert done("encodings", operation="sha256", text=text).value == hashlib.sha256(data).hexdigest()
    assert not agrees("encodings", hashlib.sha256(data + b"!").hexdigest(), operation="sha256", text=text)


@given(TEXTS, st.sampled_from(["uppercase", "lowercase", "title case", "reverse", "count words", "count characters"]))
def test_texts_agree_with_themselves_only(text: str, operation: str) -> None:
    arguments = {"operation": operation, "text": text, "find": "", "replacement": ""}
    outcome = registry()["texts"].solve(arguments)
    assert not agrees("texts", f"{outcome.value}1", **arguments)


@given(st.lists(st.text("abc xyz", min_size=1, max_size=8), min_size=1, max_size=12))
def test_lines_are_sorted_and_made_unique(lines: list[str]) -> None:
    text = "\n".join(lines)
    common = {"text": text, "find": "", "replacement": ""}
    assert done("texts", operation="sort lines", **common).value == "\n".join(sorted(lines))
    assert done("texts", operation="unique lines", **common).value == "\n".join(dict.fromkeys(lines))
    assert not agrees("texts", text + "\nq", operation="sort lines", **common)


@given(st.integers(1, 3999))
def test_roman_numerals_are_read_back(value: int) -> None:
    assert unroman(roman(value).lower()) == value
    assert done("numerals", kind="roman", number=str(value)).value == roman(value)


@pytest.mark.parametrize("text", ["iiii", "vx", "ic", "mmmm", "", "abc", "xxc"])
def test_what_is_no_roman_numeral_is_refused(text: str) -> None:
    assert unroman(text) is None


@given(st.integers(-LARGEST + 1, LARGEST - 1))
def test_numbers_in_words_are_read_back(value: int) -> None:
    assert read_spelled(spelled(Fraction(value))) == value


@given(st.integers(0, 10**40), st.integers(2, 36))
def test_numbers_in_other_bases_are_those_of_python(value: int, base: int) -> None:
    written = done("numerals", kind=f"base 10 {base}", number=str(value)).value
    assert int(written.replace(",", ""), base) == value
    if base != 10:
        assert done("numerals", kind=f"base {base} 10", number=written).value == f"{value:,}"


@given(st.fractions(-1000, 1000, max_denominator=150))
def test_decimals_that_repeat_are_the_fraction(value: Fraction) -> None:
    for kind in ("decimal", "fraction", "mixed"):
        shown = done("numerals", kind=kind, number=str(value)).value
        assert not agrees("numerals", shown + "1", kind=kind, number=str(value))


@given(st.integers(-10, 10**7))
def test_primes_are_those_of_sympy(value: int) -> None:
    assert is_prime(value) == sympy.isprime(value)


@settings(max_examples=30)
@given(st.integers(2, 10**9))
def test_factors_and_divisors_are_those_of_sympy(value: int) -> None:
    factors = done("integers", kind="factors", numbers=str(value), more="").value
    assert math.prod(int(p) ** int(e) for p, e in (part.split("^") for part in factors.split())) == value
    divisors = done("integers", kind="divisors", numbers=str(value), more="").value
    assert [int(part) for part in divisors.split()] == sympy.divisors(value)
    assert not agrees("integers", divisors + f" {value + 1}", kind="divisors", numbers=str(value), more="")


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_matrices_are_those_of_sympy(rows: list[list[int]]) -> None:
    text = "; ".join(" ".join(map(str, row)) for row in rows)
    expected = sympy.Matrix(rows)
    assert done("matrices", kind="determinant", first=text, second="").value == str(expected.det())
    assert done("matrices", kind="rank", first=text, second="").value == str(expected.rank())
    product = done("matrices", kind="product", first=text, second=text).value
    assert [[int(item) for item in row.split()] for row in product.split(";")] == (expected * expected).tolist()
    assert not agrees("matrices", str(expected.det() + 1), kind="determinant", first=text, second="")
    if expected.det():
        inverse = done("matrices", kind="inverse", first=text, second="").value
        assert (
            sympy.Matrix([[sympy.Rational(item) for item in row.split()] for row in inverse.split(";")])
            == expected.inv()
        )


@pytest.mark.parametrize("numbers", ["0 0 0 2 2 2", "1 1", "1 2 3", "1 2 2 3", "1 2 3 4", "1 1 1 4", "7"])
def test_of_all_values_only_the_median_agrees(numbers: str) -> None:
    expected = statistics.median([Fraction(number) for number in numbers.split()])
    table = "k,x\n" + "\n".join(f"a,{number}" for number in numbers.split())
    common = {"operation": "median", "column": "x", "by": "", "where": "", "limit": "", "table": table}
    for quarter in range(-4, 33):
        value = Fraction(quarter, 4)
        assert agrees("statistics", str(value), statistic="median", numbers=numbers) == (value == expected)
        assert agrees("tables", str(value), **common) == (value == expected)


@given(st.lists(st.tuples(st.sampled_from("abc"), CELLS, CELLS), min_size=3, max_size=20))
def test_tables_are_those_of_the_statistics_module(rows: list[tuple[str, object, object]]) -> None:
    table = "k,x,y\n" + "\n".join(f"{k},{x},{y}" for k, x, y in rows)
    common = {"where": "", "limit": "", "table": table}
    numbers = [Fraction(str(x)) for _, x, _ in rows]
    for name, expected in (
        ("mean", statistics.mean(numbers)),
        ("median", statistics.median(numbers)),
        ("sum", sum(numbers)),
        ("max", max(numbers)),
    ):
        assert Fraction(done("tables", operation=name, column="x", by="", **common).value) == expected
        assert not agrees("tables", str(expected + 1), operation=name, column="x", by="", **common)
    done("tables", operation="sum", column="x", by="k", **common)
    done("tables", operation="sort descending", column="x", by="", **{**common, "limit": "2"})
    other = [Fraction(str(y)) for _, _, y in rows]
    try:
        found = done("tables", operation="correlation", column="x", by="y", **common)
    except ImpossibleError:
        return
    value = float(Fraction(found.value.removeprefix("≈")))
    assert math.isclose(value, statistics.correlation(list(map(float, numbers)), list(map(float, other))), abs_tol=1e-6)


@pytest.mark.parametrize(
    ("cell", "comma", "value"),
    [
        ("1,234.50", False, "1234.5"),
        ("1.234,50", True, "1234.5"),
        ("$1,200", False, "1200"),
        ("(12)", False, "-12"),
        ("-3", False, "-3"),
        ("45 %", False, "45"),
        ("1'000'000", False, "1000000"),
        ("2e3", False, "2000"),
        ("12 EUR", False, "12"),
    ],
)
def test_cells_are_numbers_as_people_write_them(cell: str, comma: bool, value: str) -> None:
    assert read_cell(cell, comma=comma) == Fraction(value)


@pytest.mark.parametrize("cell", ["", "abc", "1-2", "2026-01-01", "1,2,3", "12a", "--5"])
def test_other_cells_are_texts(cell: str) -> None:
    assert read_cell(cell, comma=False) is None


def test_a_table_s_delimiter_and_header_are_found() -> None:
    assert read_table("a;b\n1,5;2\n3;4").columns == ("a", "b")
    assert read_table("a;b\n1,5;2\n3;4").comma
    assert read_table("1\t2\n3\t4").columns == ("column 1", "column 2")
    assert read_table('name,note\nx,"a, b"\ny,c').rows == (("x", "a, b"), ("y", "c"))


ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "Asia/Tokyo"]
)


@given(st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2036-01-01")), ZONES, ZONES)
def test_times_elsewhere_are_those_of_zoneinfo(instant: datetime, here: str, there: str) -> None:
    local = instant.replace(second=0, microsecond=0, tzinfo=UTC).astimezone(ZoneInfo(here))
    arguments = {"kind": "convert", "moment": local.replace(tzinfo=None).isoformat(timespec="minutes")}
    outcome = done("timezones", **arguments, **{"from": here, "to": there})
    expected = local.astimezone(ZoneInfo(there)).isoformat(timespec="minutes")
    assert expected in outcome.value.split()
    wrong = (local.astimezone(ZoneInfo(there)) + timedelta(hours=1)).isoformat(timespec="minutes")
    assert wrong in outcome.value.split() or not agrees("timezones", wrong, **arguments, **{"from": here, "to": there})


@given(st.dates(date(1600, 1, 1), date(2400, 12, 31)))
def test_weeks_and_days_of_the_year_are_those_of_the_calendar(day: date) -> None:
    iso = day.isocalendar()
    week = done("calendars", kind="week", first=day.isoformat(), second="")
    assert week.value == f"{iso.year}-W{iso.week:02d}"
    assert done("calendars", kind="day", first=day.isoformat(), second="").value == f"{day:%j}".lstrip("0")
    assert not agrees(
        "calendars", f"{iso.year}-W{iso.week % 52 + 1:02d}", kind="week", first=day.isoformat(), second=""
    )
    days = done("calendars", kind="month", first=f"{day.year:04d}", second=str(day.month)).value
    assert int(days) == calendar.monthrange(day.year, day.month)[1]


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 40000))
def test_ages_agree_with_their_check(born: date, days: int) -> None:
    done("calendars", kind="age", first=born.isoformat(), second=(born + timedelta(days=days)).isoformat())


@given(st.times(), st.integers(0, 10**6))
def test_times_after_a_span_go_back(start: object, minutes: int) -> None:
    first = str(start)[:8]
    for kind in ("after", "before"):
        outcome = done("durations", kind=kind, first=first, second=f"{minutes} min")
        wrong = outcome.value[:-1] + ("0" if outcome.value[-1] != "0" else "1")
        assert not agrees("durations", wrong, kind=kind, first=first, second=f"{minutes} min")


@given(st.fractions(1, 10**6, max_denominator=100), st.fractions(Fraction(1, 100), 200, max_denominator=100))
def test_exchange_goes_back(amount: Fraction, rate: Fraction) -> None:
    arguments = {"amount": f"{amount} USD", "unit": "EUR", "rate": str(rate)}
    assert done("exchange", **arguments).value == f"{amount * rate} EUR"
    assert not agrees("exchange", f"{amount * rate + 1} EUR", **arguments)
    assert not agrees("exchange", f"{amount * rate} USD", **arguments)


def test_easter_of_years_known_from_almanacs() -> None:
    known = {1818: (3, 22), 1943: (4, 25), 2000: (4, 23), 2024: (3, 31), 2026: (4, 5), 2038: (4, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("texts", {"operation": "sing", "text": "a", "find": "", "replacement": ""}),
        ("encodings", {"operation": "rot13", "text": "a"}),
        ("numerals", {"kind": "emoji", "number": "1"}),
        ("integers", {"kind": "lucky", "numbers": "1", "more": ""}),
        ("matrices", {"kind": "soul", "first": "1", "second": ""}),
        (
            "tables",
            {"operation": "mean", "column": "x", "by": "", "where": "x\tlike\t1", "limit": "", "table": "x,y\n1,2"},
        ),
        ("timezones", {"kind": "convert", "moment": "2026-01-01T00:00", "from": "Nowhere", "to": "UTC"}),
        ("durations", {"kind": "long", "first": "00:00", "second": "1 s"}),
        ("calendars", {"kind": "moon", "first": "2026", "second": ""}),
        ("exchange", {"amount": "1 USD", "unit": "EUR", "rate": "0"}),
    ],
)
def test_senseless_arguments_are_refused(tool: str, arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        solve(Step(tool, arguments))
