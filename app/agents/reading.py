"""How the planner reads a task: as one question, or as several that build on each other.

A task of several parts is cut at its hard ends; between them, the longest beginning that a tool can read is one part,
and the rest is read knowing its result.
"""

import re
from collections.abc import Sequence

from app.agents.context import Context
from app.agents.plan import MOST_STEPS, Plan, plan_expression
from app.language.clauses import MOST_CLAUSES, Sentence, is_list, sentences
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Binary, Node, Value
from app.language.parser import parse, parse_units
from app.language.quantity import Units, dimension
from app.language.question import bare
from app.language.references import marked as marked_step
from app.language.references import typed
from app.language.tables import holds_table
from app.tools import registry

# Past these, a text is no task but an attempt to keep the reader busy.
MOST_CUTS = 24
MOST_TRIES = 250
MOST_REPLIES = 10

_CURRENCY = re.compile(
    r",? ?\b(?:and )?(?:all |both |everything |each )?(?:in|as) (?P<unit>[a-z]+|[$€£¥₹])\b"
    r"(?= *(?:$|[,;.?!\n]|and\b|then\b))",
    re.IGNORECASE,
)
_NEVER_MIND = re.compile(r"^\s*(?:no|never mind|forget (?:it|that)|actually)[.,!]?\s+", re.IGNORECASE)
_GIVEN = re.compile(
    r"(?:(?:let|say|if|suppose|given|assume|assuming|with|i have|there (?:is|are)) )?"
    r"(?:(?:the|my|our|your|his|her|its|their|an?) )?"
    r"(?:(?P<name>[a-z]{2,20}(?: [a-z]{2,20}){0,3}?)(?: is| was| are| be| costs?| equals| of|:| =) )?"
    r"(?P<value>[^a-z].*)",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"^(?:how much|what) (?:is|will be|do i have|would be) (?:left|left over|remaining)$|^(?:what|how much) remains$",
    re.IGNORECASE,
)
_SPENDABLE = {"budget", "income", "salary", "allowance", "wage", "wages", "savings", "balance"}
# A name with one of these tells how several things hang together: `the sum of two numbers is 40`.
_RELATION = re.compile(
    r"\b(?:sum|difference|product|quotient|ratio|average|mean|of|and|than|as|times|twice|half|more|less|what|which|date|time"
    r"|number|numbers|between|until|since|after|before)\b",
    re.IGNORECASE,
)


def read_task(texts: Sequence[str]) -> Plan | None:
    """The plan for a task, or None if nothing here can do it; `texts` are the task and the replies to questions back.

    Raises AmbiguousError to ask the person, ImpossibleError.
    """
    text, *replies = (typed(text) for text in texts)
    for reply in replies[:MOST_REPLIES]:
        text = _with_reply(text, reply)
    return _read(text)


def _with_reply(text: str, reply: str) -> str:
    """The task with a reply put in its place; a reply that is a question of its own is the task from now on."""
    try:
        _read(text)
    except AmbiguousError as question:
        try:
            return question.answered(text, reply)
        except NotUnderstoodError:
            fresh = _NEVER_MIND.sub("", reply)
            return fresh if _readable(fresh) else text
    except ImpossibleError:
        return reply
    return reply


def _readable(text: str) -> bool:
    try:
        return _read(text) is not None
    except (AmbiguousError, ImpossibleError):
        return True


def _read(text: str) -> Plan | None:
    refusal: ImpossibleError | None = None
    try:
        # Of a list, each line is a question: a bullet is no minus.
        plan = None if is_list(text) else _read_part(text, Context())
        if plan is not None:
            return plan
    except ImpossibleError as error:
        refusal = error
    if holds_table(text):
        if refusal:
            raise refusal
        return None
    for candidate, currency in (*_with_currency(text), (text, ())):
        plan = _read_parts(candidate, currency)
        if plan is not None:
            return plan
    if refusal:
        raise refusal
    return None


def _with_currency(text: str) -> list[tuple[str, Units]]:
    """The task without a currency said for all of it, `in euros`, if there is one and no other."""
    for match in _CURRENCY.finditer(text[: MOST_CLAUSES * 200]):
        units = _currency(match["unit"])
        if units:
            return [(text[: match.start()] + text[match.end() :], units)]
    return []


def _currency(name: str) -> Units:
    try:
        units = parse_units(name)
    except NotUnderstoodError:
        return ()
    return units if any(base.startswith("currency_") for base, _ in dimension(units)) else ()


class _Search:
    """One reading of a task's parts, which gives up after so many tries."""

    def __init__(self) -> None:
        self.tries = MOST_TRIES
        self.refusal: ImpossibleError | None = None

    def all(self, found: list[Sentence], context: Context) -> Context | None:
        for sentence in found:
            after = self.sentence(sentence, 0, context)
            if after is None:
                return None
            context = after
        return context

    def sentence(self, sentence: Sentence, start: int, context: Context) -> Context | None:
        """What is known after the sentence from `start` on."""
        cuts = [cut for cut in sentence.cuts if cut[0] > start]
        for end, following in [(len(sentence.text), None), *((cut[0], cut[1]) for cut in reversed(cuts))]:
            after = self.part(sentence.text[start:end].strip(), context)
            if after is None:
                continue
            if following is None:
                return after
            rest = self.sentence(sentence, following, after)
            if rest is not None:
                return rest
        return None

    def part(self, text: str, context: Context) -> Context | None:
        """What is known after one part, as it stands or said of the last result."""
        if not text:
            return None
        if _LEFT.fullmatch(bare(text)) and not context.knows("rest"):
            return _remaining(text, context)
        if context.knows("rest"):
            text = _LEFT.sub("the rest", text)
        for elliptic in (False, True) if context.knows("it") else (False,):
            if self.tries <= 0:
                return None
            self.tries -= 1
            tried = context.again()
            marked = tried.marked(text)
            said = tried.elliptic(marked) if elliptic else marked
            if said is None:
                continue
            try:
                plan = _read_part(said, tried)
            except ImpossibleError as error:
                self.refusal = self.refusal or (None if elliptic else error)
                continue
            if plan is None and not elliptic and marked_step(bare(marked)) is not None:
                # `the rest` alone asks for it.
                return tried.shown(text)
            if plan is not None:
                after = tried.after(plan, bare(text))
                after.said = said
                return after if len(after.plan.steps) <= MOST_STEPS else None
        return _given(text, context)


def _read_parts(text: str, currency: Units) -> Plan | None:
    found = sentences(text)
    if not found or len(found) > MOST_CLAUSES or any(len(sentence.cuts) > MOST_CUTS for sentence in found):
        return None
    search = _Search()
    done = search.all(found, Context(currency=currency))
    # A value that was given and then left aside means that something was not understood.
    if done is None or not done.plan.steps or done.unused or (currency and not done.currency_used):
        if search.refusal and not currency:
            raise search.refusal
        return None
    if currency:
        done.plan.assumptions.append(f"amounts without a unit are in {currency[0][0]}")
    return done.plan


def _remaining(text: str, context: Context) -> Context | None:
    """What the values that were given leave of the first of them, if that one is money to be spent."""
    first, *spent = context.unused or (None,)
    names = [name for name, node in context.plan.names.items() if node is first]
    if first is None or not spent or not _SPENDABLE.intersection(" ".join(names).split()):
        return None
    difference: Node = first
    for node in spent:
        difference = Binary("-", difference, node)
    after = context.again().after(plan_expression(difference), bare(text))
    after.unused = ()
    return after


def _given(text: str, context: Context) -> Context | None:
    """What is known after `my income is 4,200 EUR`, or after a mere value."""
    match = _GIVEN.fullmatch(bare(text))
    if not match or _RELATION.search(match["name"] or ""):
        return None
    tried = context.again()
    try:
        node = parse(tried.marked(match["value"]))
    except NotUnderstoodError:
        return None
    if not isinstance(node, Value) or tried.added:
        return None
    return tried.given((match["name"] or "value").lower(), tried.money(node))


def _read_part(text: str, context: Context) -> Plan | None:
    for tool in registry().values():
        plan = tool.read(text, context)
        if plan is not None:
            return plan
    return None
