"""How a task is read: whatever the text, there is a plan, a question back or a refusal."""

import random
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.agents import planner, solver
from app.agents.messages import Task
from app.agents.plan import MOST_STEPS, Plan
from app.agents.reading import read_task
from app.language.clauses import sentences
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.references import mark, refer

SIZE = 64_000
WORDS = (
    *("15%", "of", "80", "and", "then", "it", "the rest", ",", ";", "in", "euros", "loan", "at", "over", "5 years"),
    *("as a share of", "2026-01-01", "days", "between", "uppercase", '"a"', "sum", "mean", "x", "=", "(", ")", "to"),
    *("[[1,2]]", "what is", "until", "the meeting", "plus", "\n", "10/11/2024", "Tokyo", "9:00", "where", "price,sum"),
)


def read_task_of(*texts: str) -> Plan | None:
    """The plan, or None where the text is refused or asked back about."""
    with suppress(AmbiguousError, ImpossibleError):
        return read_task(texts)
    return None


@given(st.text(max_size=80))
@example("\ue0001\ue001 + 1")
@example("1\n2")
@example('"')
def test_reader_raises_only_documented_errors(text: str) -> None:
    read_task_of(text)


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_no_mixture_of_what_it_knows_makes_the_reader_fail(text: str) -> None:
    plan = read_task_of(text)
    assert plan is None or 1 <= len(plan.steps) <= MOST_STEPS


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.text(max_size=30))
def test_no_reply_makes_the_reader_fail(text: str, reply: str) -> None:
    read_task_of(text, reply)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join))
def test_no_task_makes_the_agents_fail(text: str) -> None:
    assert planner.answer(text, solver.solve).state in {"completed", "rejected", "input-required"}


HOSTILE = {
    "many ways to cut it": "sum of " + ", ".join(map(str, range(23))) + " and blah",
    "one letter": "a" * SIZE, "spaces": "what is" + " " * SIZE + "x", "digits": "1" * SIZE, "brackets": "(" * SIZE,
    "and": "2 km and " * 24, "percent and": " and ".join(["15% of 80"] * 24) + " blah", "lines": "1\n" * (SIZE // 2),
    "table": "mean of a\na,b\n" + "1,2\n" * 15000, "quotes": '"' * SIZE, "opening quotes": "“" * SIZE,
    "semicolons": "1+1;" * (SIZE // 4), "then": "then " * (SIZE // 5), "it": "3+4; " + "it plus " * (SIZE // 8),
    "matrix": "det [[1" + ",1" * (SIZE // 2), "place": "what time is it in " + "a " * (SIZE // 2),
    "equations": "x=" * (SIZE // 2), "roman": "m" * SIZE, "words": "one hundred " * (SIZE // 12) + "in digits",
    "days": "how many days until the " + "a" * SIZE, "loan": "loan of " + "1 " * 1000 + "at 5% over 5 years",
    "rates": "at 5% " * 400, "terms": "monthly payment on 5 " + "over 5 years " * 20, "price": "the price of " * 200,
    "holidays": "working days between 2026-01-01 and 2026-02-01 " + "without " * 80, "clock": "1:30 + " * 200,
    "where": "mean of a " + "where " * 60 + "\na,b\n1,2", "open cells": "a,b\n" + '",\n' * 20000,
    "name": "my " + "income " * 400 + "is 5; it", "full stops": ". " * 1400, "ruler": "|-|\n" * 15000,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    read_task_of(text)


def hostile_mixtures() -> list[str]:
    chance = random.Random(4)
    return [" ".join(chance.choice(WORDS) for _ in range(length)) for length in (30, 80, 300, 600) * 3]


def test_long_mixtures_are_read_to_their_end() -> None:
    for text in hostile_mixtures():
        read_task_of(text)


def ask(question: str, earlier: Sequence[str] = ()) -> Task:
    return planner.answer(question, solver.solve, earlier=earlier)


def test_an_answer_has_its_working_with_the_method_and_each_result() -> None:
    answer = ask("15% of 80, then 3 + it").json()

    assert answer["text"] == "- 15% of 80: 12\n- 3 + it: 15"
    assert answer["working"] == [
        "15% of 80 is 12 (checked by cross-multiplication)",
        "3 + 12 = 15 (checked by remainders modulo two primes)",
    ]
    assert [(result["label"], result["value"]) for result in answer["data"]["results"]] == [
        ("15% of 80", "12"),
        ("3 + it", "15"),
    ]


def test_a_question_back_carries_its_choices() -> None:
    task = ask("5 tons in kg")

    assert task.json() == {"text": task.answer, "choices": ["metric ton", "short ton", "long ton"]}
    assert task.transcript[-1].kind == "question"


def test_a_date_is_no_number_to_go_on_with() -> None:
    task = ask("90 days after 15 January 2026, then double it")

    assert (task.state, task.answer.split(":")[0]) == ("rejected", "This has no answer")


def test_it_without_a_result_before_is_not_understood() -> None:
    assert ask("double it").state == "rejected"
    # A mark that a person types is a blank.
    assert ask(f"{mark(1)} + 2").answer == "3"


def test_words_for_earlier_results_become_marks() -> None:
    def by_name(name: str) -> int:
        return {"it": 3, "deposit": 1}[name]

    assert (
        refer("15% of the deposit plus it", ["deposit"], by_name, lambda _: None) == f"15% of {mark(1)} plus {mark(3)}"
    )
    assert refer("the result of step 2", [], by_name, lambda part: part * 10) == mark(20)
    assert refer("the item; audit", [], by_name, lambda _: None) == "the item; audit"


def test_nothing_is_cut_within_quotes_brackets_or_numbers() -> None:
    found = sentences('reverse "a; b and c"; gcd(3, 4). 2.5 and 1,000')

    assert [sentence.text for sentence in found] == ['reverse "a; b and c"', "gcd(3, 4)", "2.5 and 1,000"]
    assert [len(sentence.cuts) for sentence in found] == [0, 0, 1]


def test_a_reply_may_be_a_number_of_a_choice_a_word_of_it_or_the_thing_itself() -> None:
    question = AmbiguousError("Which?", "tons", {"metric ton": "t", "short ton": "s"}, lambda reply: reply)

    for reply in ("1", "metric", "The first one", "metric ton."):
        assert question.answered("5 tons in kg", reply) == "5 t in kg"
    assert question.answered("5  TONS in kg", "x") == "5  x in kg"
    with pytest.raises(NotUnderstoodError):
        AmbiguousError("Which?", "tons", {"a": "b"}).answered("tons", "perhaps")
