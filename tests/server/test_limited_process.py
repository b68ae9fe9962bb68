"""Heavy steps: limits of time and memory hold, and the next step is served whatever became of the last."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.agents import limited_worker
from app.agents.limited import LimitedProcess
from app.agents.messages import Step
from app.language.errors import ImpossibleError
from tests.server.gunicorn import ROOT
from tests.waiting import LIMIT_SECONDS

EASY = Step("equations", {"equations": "2*x = 6", "unknowns": "x"})
HARD = Step("equations", {"equations": "x^300 + x^299 + 7*x + 1 = 0", "unknowns": "x"})
TOO_MUCH = "this takes more time or memory than one question may use"


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[LimitedProcess]:
    """Its limits on the wall clock are for no test to run into; what ends a heavy step is the processor's time."""
    monkeypatch.setattr("app.agents.limited.START_SECONDS", LIMIT_SECONDS)
    monkeypatch.setattr("app.agents.limited.STEP_SECONDS", LIMIT_SECONDS)
    process = LimitedProcess()
    yield process
    process.stop()


def test_heavy_step_is_ended_and_the_next_one_served(limited: LimitedProcess) -> None:
    with pytest.raises(ImpossibleError, match=TOO_MUCH):
        limited.solve(HARD)

    assert limited.solve(EASY).value == "x = 3"


def test_step_that_waits_without_end_is_ended(limited: LimitedProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    limited.solve(EASY)
    assert limited._process
    limited._process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr("app.agents.limited.STEP_SECONDS", 0.2)

    with pytest.raises(ImpossibleError, match=TOO_MUCH):
        limited.solve(EASY)


def test_the_process_is_kept_between_steps(limited: LimitedProcess) -> None:
    limited.solve(EASY)
    process = limited._process
    limited.solve(EASY)

    assert process is not None
    assert limited._process is process


def test_ended_process_is_replaced(limited: LimitedProcess) -> None:
    limited.solve(EASY)
    assert limited._process
    limited._process.kill()
    limited._process.wait()

    assert limited.solve(EASY).value == "x = 3"


def test_senseless_and_impossible_steps_leave_the_process_alive(limited: LimitedProcess) -> None:
    limited.solve(EASY)
    process = limited._process
    with pytest.raises(ValueError, match="not equations"):
        limited.solve(Step("equations", {"equations": "import os", "unknowns": "x"}))
    with pytest.raises(ImpossibleError, match="no way"):
        limited.solve(Step("equations", {"equations": "sin(x) = exp(x^2)*cos(x)", "unknowns": "x"}))

    assert limited._process is process


def test_memory_and_files_are_limited_in_the_process() -> None:
    attempt = (
        "import pathlib, tempfile\n"
        "from app.agents import limited_worker as w\n"
        "w._say = lambda answer: None\n"
        "w.IDLE_SECONDS = 0\n"
        "w.main()\n"
        "try:\n"
        "    bytearray(w.MEMORY_BYTES)\n"
        "except MemoryError:\n"
        "    print('no memory')\n"
        "try:\n"
        "    pathlib.Path(tempfile.gettempdir(), f'longshore-{w.os.getpid()}').write_text('x')\n"
        "except OSError:\n"
        "    print('no file')\n"
    )
    done = subprocess.run([sys.executable, "-c", attempt], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[:2] == ["no memory", "no file"], done.stderr


def test_process_ends_when_its_input_is_closed() -> None:
    command = [sys.executable, "-m", limited_worker.__name__]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=LIMIT_SECONDS) == 0
