"""Why a question cannot be answered as it stands, in words for the person who asked."""

import re
from collections.abc import Callable, Mapping

_ORDINALS = ("first", "second", "third", "fourth")


class NotUnderstoodError(Exception):
    """The text is not in the language this module reads; another tool may still understand it."""


class ImpossibleError(Exception):
    """The text is understood, and has no answer: a division by zero, metres added to hours, a result too large."""


class AmbiguousError(Exception):
    """The text can be read in several ways, or leaves out what is needed: `question` is what to ask the person.

    piece: the part of the text that it is about; if `pattern`, a word as a regular expression.
    choices: replies to offer, each with what then stands for the piece.
    replace: what stands for the piece after any other reply; raises NotUnderstoodError for one that does not help.
    """

    def __init__(
        self,
        question: str,
        piece: str,
        choices: Mapping[str, str] | None = None,
        replace: Callable[[str], str] | None = None,
        *,
        pattern: bool = False,
    ) -> None:
        super().__init__(question)
        self.question = question
        self.piece = piece
        self.choices = dict(choices or {})
        self._replace = replace
        self._pattern = pattern

    def answered(self, text: str, reply: str) -> str:
        """`text` with the reply put in its place; raises NotUnderstoodError for a reply that does not help."""
        replacement = self._chosen(reply)
        if replacement is None:
            if self._replace is None:
                raise NotUnderstoodError(reply)
            replacement = self._replace(reply)
        piece = rf"\b{self.piece}\b" if self._pattern else r"\s+".join(map(re.escape, self.piece.split()))
        done, found = re.subn(piece, lambda _: replacement, text, count=1, flags=re.IGNORECASE)
        return done if found else f"{text} {replacement}"

    def _chosen(self, reply: str) -> str | None:
        wanted = " ".join(reply.casefold().strip(" .!?\"'“”").split())
        wanted = re.sub(r"^(?:the |number |option )+|(?: one| choice)$", "", wanted)
        wanted = str(_ORDINALS.index(wanted) + 1) if wanted in _ORDINALS else wanted
        labels = list(self.choices)
        if re.fullmatch("[1-9]", wanted) and int(wanted) <= len(labels):
            return self.choices[labels[int(wanted) - 1]]
        for label in labels:
            if wanted == label.casefold():
                return self.choices[label]
        # A word or two of one choice will do, if they are in no other.
        like = [label for label in labels if wanted and re.search(rf"\b{re.escape(wanted)}\b", label.casefold())]
        return self.choices[like[0]] if len(like) == 1 else None
