"""The planner's work with a language model: it reads what the planner cannot, and words what the solver computed.

What the planner reads by itself is done without the model. So is whatever the model fails at, and that is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.agents import planner
from app.agents.messages import Message, Task
from app.agents.peer import SenselessStepError
from app.agents.planner import AskSolver
from app.agents.reading import read_task
from app.language.errors import AmbiguousError, ImpossibleError
from app.model import prompts, proposal
from app.model.account import Account
from app.model.errors import ModelError, NonsenseError
from app.model.history import Talk
from app.model.key import KeyFile
from app.model.proposal import Proposal, SchemaError
from app.model.thinking import spoken
from app.model.wording import Deltas, Guard, Unguarded
from app.settings import Settings

if TYPE_CHECKING:
    from app.model.client import Errand, Model

# Left of a task's time for doing it without the model.
RESERVE_SECONDS = 4.0


@dataclass(frozen=True)
class Ways:
    """How a task's work reaches others: the solver, and whoever follows the task.

    stream: hears words of the answer as they come. alive: raises when the task is to end. before: what was said before
    in its conversation, looked up where it is wanted.
    """

    ask_solver: AskSolver
    tell: Callable[[Message], None]
    stream: Callable[[str], None]
    alive: Callable[[], None]
    before: Callable[[], Talk]


class Assistant:
    """The planner with the language model of the settings, or with none; it connects when it is first asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model: Model | None = None
        if settings.llm_base_url and settings.llm_model:
            # A planner without a model is spared the HTTP client.
            from app.model.client import Model  # noqa: PLC0415

            key = KeyFile(settings.llm_api_key_file)
            self._model = Model(settings.llm_model, settings.llm_base_url, key, settings.llm_timeout_seconds)

    def answer(
        self, request: Mapping[str, Any], ways: Ways, seconds: float, kept: Mapping[str, Any] | None = None
    ) -> tuple[Task, dict[str, Any]]:
        """A task done within `seconds`, and what is to be kept of it. Raises PeerError, and what the ways raise.

        `kept` is what was kept when the task asked back: its tokens count on.
        """
        text, earlier = str(request["text"]), [str(one) for one in request.get("earlier", [])]
        used = (kept or {}).get("usage")
        if self._model is None or _is_read([*earlier, text]):
            task = planner.answer(text, ways.ask_solver, ways.tell, earlier)
            return task, {**task.json(), **({"usage": used} if used else {})}
        from app.model.client import Errand  # noqa: PLC0415

        account = Account(
            self._model.name,
            self._settings.llm_budget_tokens,
            self._settings.llm_prompt_price,
            self._settings.llm_completion_price,
        ).after(used)
        errand = Errand(account, time.monotonic() + seconds - RESERVE_SECONDS, ways.alive)
        work = _Work(self._model, errand, ways, prompts.conversation(request, ways.before()))
        task = work.done(text, earlier)
        answer = task.json()
        if account.calls:
            answer["usage"] = account.json()
        if work.unchecked:
            answer["checked"] = False
        return task, answer


def _is_read(texts: list[str]) -> bool:
    """Whether the planner needs no model for this: it has a plan, a question back, or a reason why there is none."""
    try:
        return read_task(texts) is not None
    except (AmbiguousError, ImpossibleError):
        return True


class _Work:
    """One task that the planner could not read by itself."""

    def __init__(self, model: Model, errand: Errand, ways: Ways, given: Mapping[str, Any]) -> None:
        self._model = model
        self._errand = errand
        self._ways = ways
        self._given = given
        self.unchecked = False

    def done(self, text: str, earlier: list[str]) -> Task:
        """The task, with the model or without it."""
        try:
            return self._with(self._proposed(), text)
        except ModelError as error:
            reason = str(error)
        self._note(f"The language model {reason}; I go on without it.")
        task = planner.answer(text, self._ways.ask_solver, self._ways.tell, earlier)
        task.assumptions = [*task.assumptions, f"the language model {reason}, so this was done without it"]
        return task

    def _with(self, found: Proposal, text: str) -> Task:
        match found.kind:
            case "plan":
                return self._planned(found, text)
            case "ask":
                return self._asked(found, text)
            case "talk":
                return self._talked(text)
        raise NonsenseError("knows no way to do this either")

    def _proposed(self) -> Proposal:
        """What the model proposes; one that is out of form may be mended once."""
        messages = prompts.plan(self._given)
        answer = "".join(spoken([self._model.ask(messages, self._errand)]))
        try:
            return proposal.read(answer)
        except SchemaError as problem:
            answer = "".join(spoken([self._model.ask(prompts.again(messages, answer, str(problem)), self._errand)]))
        try:
            return proposal.read(answer)
        except SchemaError:
            raise NonsenseError("made no plan that can be used") from None

    def _planned(self, found: Proposal, text: str) -> Task:
        """A plan carried out and checked as any other, then put into words."""
        self._note(f"The language model reads this as: {'; '.join(found.read_as)}.")

        def tell(message: Message) -> None:
            # The answer is said when it has its words.
            if message.kind != "answer":
                self._ways.tell(message)

        task = Task(text, assumptions=list(found.plan.assumptions), tell=tell)
        try:
            planner.carry_out(found.plan, task, self._ways.ask_solver)
        except ImpossibleError as error:
            task.state, task.answer = "rejected", f"This has no answer: {error}."
        except SenselessStepError:
            raise NonsenseError("planned a step that means nothing") from None
        task.assumptions.append(f"a language model read the task as: {'; '.join(found.read_as)}")
        if task.state == "completed":
            try:
                task.answer = self._worded(task)
            except ModelError as error:
                self._note(f"The language model {error}; here is the plain answer.")
                task.assumptions.append(f"the language model {error}, so the answer is in plain form")
        self._ways.tell(Message("planner", task.answer, "answer"))
        return task

    def _worded(self, task: Task) -> str:
        """The results in words, every number of which is looked at before it is shown."""
        shown = [result for result in task.results if result.label] or task.results[-1:]
        results = [
            {"what": result.label, "result": result.outcome.display, "rounded": result.outcome.rounded}
            for result in shown
        ]
        messages = prompts.write({**self._given, "results": results, "assumptions": task.assumptions})
        workings = [result.outcome.working for result in task.results]
        guard = Guard(
            [*prompts.words(self._given), *workings, *task.assumptions], [result.outcome.display for result in shown]
        )
        return self._said(guard, messages)

    def _asked(self, found: Proposal, text: str) -> Task:
        task = Task(text, "input-required", found.question, choices=list(found.choices), tell=self._ways.tell)
        task.say(Message("planner", task.answer, "question", {"choices": task.choices} if task.choices else None))
        return task

    def _talked(self, text: str) -> Task:
        """An answer in the model's own words: nothing in it was checked, and that is said with it."""
        task = Task(text, tell=self._ways.tell)
        task.answer = self._said(Unguarded(), prompts.talk(self._given))
        task.assumptions.append("a language model wrote this, and nothing in it was checked")
        self.unchecked = True
        task.say(Message("planner", task.answer, "answer", {"checked": False}))
        return task

    def _said(self, guard: Guard | Unguarded, messages: prompts.Messages) -> str:
        deltas = Deltas(self._ways.stream)
        for piece in spoken(self._model.stream(messages, self._errand)):
            deltas.add(guard.feed(piece))
        deltas.add(guard.end())
        deltas.flush()
        if not guard.text.strip():
            raise NonsenseError("answered without any words")
        return guard.text.strip()

    def _note(self, text: str) -> None:
        self._ways.tell(Message("planner", text, "note", {"model": self._model.name}))
