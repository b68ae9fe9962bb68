"""What can go wrong with a language model. Each error reads as the end of "The language model …"."""


class ModelError(Exception):
    """The model is of no use for this task; the task goes on without it.

    outcome: how a call ended, for metrics. again: asking once more may help. after: seconds it asked to be left alone.
    """

    outcome = "failed"
    again = False

    def __init__(self, message: str, *, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class SlowError(ModelError):
    """No answer, or not all of it, in the time there is."""

    outcome = "slow"


class BusyError(ModelError):
    """It answers others first: 429."""

    outcome = "busy"
    again = True


class CrowdError(ModelError):
    """Other tasks of this process ask it already."""

    outcome = "crowded"


class BrokenError(ModelError):
    """It cannot be reached, or fails by its own account."""

    outcome = "broken"
    again = True


class CutError(ModelError):
    """The answer ended before its end."""

    outcome = "cut"
    again = True


class RefusedError(ModelError):
    """It refuses: the key, the model's name, or what was asked."""

    outcome = "refused"


class NonsenseError(ModelError):
    """What came is not in the form that was asked for."""

    outcome = "nonsense"


class BudgetError(ModelError):
    """The task has used the tokens that it may."""

    outcome = "budget"
