"""What a model proposes to do with a task: read from its JSON, and believed in nothing.

A step can only be one of a known tool with the arguments it takes; a question only what the reader understands.
"""

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.agents.context import Context
from app.agents.plan import MOST_STEPS, Plan, PlannedStep
from app.agents.reading import read_task
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Node, Reference
from app.language.parser import parse
from app.language.references import mark, typed
from app.tools import registry

MOST_QUESTIONS = 8
MOST_CHOICES = 8
LONGEST_TEXT = 1_000
LONGEST_LABEL = 100
_FENCE = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL)
_REFERENCE = re.compile(r"\$([0-9]{1,2})\b")
_FORMS = {
    "questions": {"kind", "questions"},
    "steps": {"kind", "steps"},
    "ask": {"kind", "question", "choices"},
    "talk": {"kind"},
    "cannot": {"kind", "reason"},
}


class SchemaError(ValueError):
    """The proposal is not in the form that was asked for; the message says what is wrong, for the model to mend."""


@dataclass(frozen=True)
class Proposal:
    """What is to be done: a plan, a question back, a talk, or nothing."""

    kind: Literal["plan", "ask", "talk", "cannot"]
    plan: Plan = field(default_factory=Plan)
    read_as: tuple[str, ...] = ()
    question: str = ""
    choices: tuple[str, ...] = ()


def read(text: str) -> Proposal:
    """The proposal in a model's answer; what is ambiguous in its questions is for the person to say.

    Raises SchemaError.
    """
    data = _object(text)
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _FORMS:
        raise SchemaError(f"kind is one of {', '.join(_FORMS)}")
    if unknown := set(data) - _FORMS[kind]:
        raise SchemaError(f"the form {kind} has no {min(unknown)[:40]!a}")
    match kind:
        case "questions":
            return _questions(data.get("questions"))
        case "steps":
            return _steps(data.get("steps"))
        case "ask":
            question = _text(data.get("question"), "question")
            return Proposal("ask", question=question, choices=_choices(data.get("choices")))
        case "talk":
            return Proposal("talk")
    return Proposal("cannot")


def _object(text: str) -> dict[str, Any]:
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise SchemaError("it is not JSON") from None
    if not isinstance(data, dict):
        raise SchemaError("it is not a JSON object")
    return data


def _text(value: object, name: str, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SchemaError(f"{name} is a text that is not empty")
    if len(value) > longest:
        raise SchemaError(f"{name} has more than {longest:,} characters")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise SchemaError(f"{name} holds characters that are no text")
    return typed(value.strip())


def _list(value: object, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise SchemaError(f"{name} is a list of 1 to {most}")
    return value


def _choices(value: object) -> tuple[str, ...]:
    if value is None or value == []:
        return ()
    return tuple(_text(choice, "each choice", LONGEST_LABEL) for choice in _list(value, "choices", MOST_CHOICES))


def _questions(value: object) -> Proposal:
    texts = [_text(item, "each question") for item in _list(value, "questions", MOST_QUESTIONS)]
    context = Context()
    for text in texts:
        shown = json.dumps(text[:200], ensure_ascii=False)
        try:
            plan = read_task([text])
        except AmbiguousError as back:
            return Proposal("ask", question=back.question, choices=tuple(back.choices))
        except ImpossibleError as error:
            raise SchemaError(f"the question {shown} has no answer: {error}") from None
        if plan is None:
            raise SchemaError(f"no tool understands the question {shown}")
        context = context.after(plan, text)
    return Proposal("plan", _limited(context.plan), tuple(texts))


def _steps(value: object) -> Proposal:
    plan = Plan()
    for number, item in enumerate(_list(value, "steps", MOST_STEPS), 1):
        plan.steps.append(_step(item, number))
    if not any(step.label for step in plan.steps):
        plan.steps[-1] = replace(plan.steps[-1], label="the result")
    read_as = tuple(f"{step.tool} of {step.label}" if step.label else step.tool for step in plan.steps)
    return Proposal("plan", _limited(plan), read_as)


def _limited(plan: Plan) -> Plan:
    if len(plan.steps) > MOST_STEPS:
        raise SchemaError(f"a task has at most {MOST_STEPS} steps")
    return plan


def _step(item: object, number: int) -> PlannedStep:
    where = f"step {number}"
    if not isinstance(item, dict) or not {"tool", "arguments"} <= set(item) <= {"tool", "arguments", "label"}:
        raise SchemaError(f"{where} is an object of tool, arguments and perhaps label")
    name = item["tool"]
    tool = registry().get(name) if isinstance(name, str) else None
    if tool is None:
        raise SchemaError(f"{where}: tool is one of {', '.join(registry())}")
    given = item["arguments"]
    if not isinstance(given, dict) or set(given) != set(tool.parameters):
        raise SchemaError(f"{where}: {tool.name} takes the arguments {', '.join(tool.parameters)}")
    arguments = {key: _argument(text, f"{where}: {key}", number) for key, text in given.items()}
    fixed = {key: text for key, text in arguments.items() if isinstance(text, str)}
    if len(fixed) == len(arguments):
        try:
            tool.describe(fixed)
        except ImpossibleError as error:
            raise SchemaError(f"{where} has no result: {error}") from None
        except (ValueError, NotUnderstoodError, ArithmeticError, LookupError):
            raise SchemaError(f"{where}: these are no arguments for {tool.name}") from None
    label = _text(item["label"], f"{where}: label", LONGEST_LABEL) if item.get("label") else ""
    return PlannedStep(tool.name, arguments, label)


def _argument(value: object, name: str, number: int) -> str | Node:
    """An argument; a reference in it must be to a step before, and within it the rest must be an expression."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise SchemaError(f"{name} is a text")
    text = _text(value, name) if value else value
    references = [int(found) for found in _REFERENCE.findall(text)]
    if any(not 1 <= reference < number for reference in references):
        # "$5" may be money as well: five dollars are "5 USD" in a step.
        raise SchemaError(f'{name}: "$1" is the result of step 1, and only steps before can be meant')
    if not references:
        return text
    if _REFERENCE.fullmatch(text):
        return Reference(references[0])
    try:
        return parse(_REFERENCE.sub(lambda found: mark(int(found[1])), text))
    except NotUnderstoodError:
        raise SchemaError(f"{name} is no expression") from None
