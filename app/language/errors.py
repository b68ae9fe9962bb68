"""Why a question cannot be answered, in words for the person who asked."""


class NotUnderstoodError(Exception):
    """The text is not in the language this module reads; another tool may still understand it."""


class ImpossibleError(Exception):
    """The text is understood, and has no answer: a division by zero, metres added to hours, a result too large."""
