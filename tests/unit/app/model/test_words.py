"""What is believed of a model: nothing that is out of form, and no number that nobody computed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model import proposal
from app.model.proposal import SchemaError
from app.model.thinking import spoken
from app.model.wording import Deltas, Guard, WrongNumberError, numbers

PIECES = st.sampled_from(
    ["12", "1,253.61", "-3", "7", "5.5", "2026-03-31", "\u00bd", "million", "seven", " ", ". ", ", ", "is ", "-", ","]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=10), below, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,253.60 EUR", {"1253.6"}),
        ("1253.6", {"1253.6"}),
        ("1\u202f253.60 or 1'253.60", {"1253.6"}),
        ("3,5", {"3.5"}),
        ("1,25,3", {"1,25,3"}),
        ("x = -3 or x=\u22123", {"-3"}),
        ("3-5", {"3", "5"}),
        ("2026-03-31", {"2026", "3", "31"}),
        ("-0.00", {"0"}),
        ("007", {"7"}),
        ("1.2.3", {"1.2.3"}),
        ("twenty miles, one of two millions", {"20", "2", "1000000"}),
        ("3\u00bd m\u00b2", {"3", "\u00bd", "m\u00b2"}),
        ("15%", {"15"}),
        ("12.", {"12"}),
        ("nothing", set()),
    ],
)
def test_numbers_are_known_by_their_value(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@given(st.lists(PIECES, max_size=12), st.lists(st.sampled_from(["12", "1253.61", "-3", "2026-03-31"])), st.data())
def test_no_more_is_let_through_than_is_known_however_it_comes(
    parts: list[str], known: list[str], data: st.DataObject
) -> None:
    text = "".join(parts)
    guard = Guard(known, [])
    passed, rest = "", text
    try:
        while rest:
            size = data.draw(st.integers(1, len(rest)))
            passed += guard.feed(rest[:size])
            rest = rest[size:]
        passed += guard.end()
    except WrongNumberError:
        assert not numbers(text) <= set().union(*map(numbers, known))
    else:
        assert passed == text
        assert numbers(text) <= set().union(*map(numbers, known))
    assert numbers(passed) <= set().union(*map(numbers, known))


def test_a_result_without_a_number_must_be_said_as_it_is() -> None:
    guard = Guard([], ["Tuesday"])
    guard.feed("It was a tuesday.")
    assert guard.end() == "tuesday."
    other = Guard([], ["Tuesday"])
    other.feed("It was a Monday.")
    with pytest.raises(WrongNumberError, match="left Tuesday out"):
        other.end()


@given(JSON | st.fixed_dictionaries({"kind": st.sampled_from(["questions", "steps", "ask", "talk", "cannot"])},
       optional={"questions": JSON, "steps": JSON, "question": JSON, "choices": JSON}))  # fmt: skip
def test_whatever_a_model_proposes_is_read_or_refused(data: object) -> None:
    try:
        found = proposal.read(json.dumps(data))
    except SchemaError:
        return
    assert found.kind in {"plan", "ask", "talk", "cannot"}


@given(st.text(max_size=200))
def test_whatever_a_model_writes_is_read_or_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        proposal.read(text)


def test_words_are_sent_on_a_few_times_a_second() -> None:
    sent: list[str] = []
    deltas = Deltas(sent.append)
    for _ in range(1000):
        deltas.add("a")
    deltas.flush()

    assert len(sent) <= 5
    assert "".join(sent) == "a" * 1000


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Hello <think>", "Hello <think>"),
        ("<think>2 + 2 </think>\n\nFour", "Four"),
        ("<think></think>Four", "Four"),
        ("  Four", "Four"),
        ("<b>Four", "<b>Four"),
        ("<thin", "<thin"),
        ("<think>for ever", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_thoughts_are_not_answers(said: str, heard: str, size: int) -> None:
    assert "".join(spoken(said[start : start + size] for start in range(0, len(said), size))) == heard
