"""A solver whose first answer comes when the test lets it, and all others at once."""

import threading
from pathlib import Path

from app.agents.messages import Step
from tests.unit.app.fake_solver import FakeSolver, Reply, honest


class SlowSolver(FakeSolver):
    """Set `gate` for its first answer."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.replies = [self._when_let]

    def _when_let(self, step: Step) -> Reply:
        self.gate.wait(60)
        return honest(step)
