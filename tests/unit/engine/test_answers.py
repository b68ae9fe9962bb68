"""What the command prints and returns: status, outcomes, errors, exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.longshore.cli import main
from engine.longshore.errors import RefusedError
from engine.longshore.planning.model import Mount
from engine.longshore.planning.planner import plan
from engine.longshore.planning.replica import State
from engine.longshore.planning.steps import after
from engine.longshore.reporting import reports
from engine.longshore.reporting.status import Status
from engine.longshore.running.lock import Lease
from engine.longshore.running.outcome import Outcome, Result
from engine.longshore.running.releases import Entry, Fate

from .test_planner import NEW, OLD
from .worlds import TOKEN, serving

if TYPE_CHECKING:
    from engine.longshore.running.journal import Record

ENGINE = Path(__file__).parents[3] / "engine"
CURRENT = Entry(replace(OLD, operator="ann@laptop"), Fate.RELEASED, released="2026-01-01T00:00:00Z")
KEYS = "root, proxy_user, app_uid, slots, retention, registry_mirrors, stop_seconds, name"
LAST: Record = {"event": "end", "outcome": "released", "time": "2026-01-01T00:00:00Z", "seconds": 2.1, "error": None}


def status(**changes: object) -> Status:
    healthy = Status(CURRENT, CURRENT, serving(OLD), 12, LAST, None)
    return replace(healthy, **changes)  # type: ignore[arg-type]


def test_status_of_a_healthy_host() -> None:
    lines = status().text()
    assert lines[0] == "release 1  docker.io/acme/agents:1"
    assert "  health  every slot is answered" in lines
    assert "planner  2/2 ready, 12/12 slots answered" in lines
    assert any(
        line.startswith("  planner-1-r1-9999  ready, created") and line.endswith("1 3 5 7 9 11") for line in lines
    )
    assert lines[-1] == "now       no run in progress"


def test_status_shows_a_dead_replica() -> None:
    world = serving(OLD)
    dead = replace(world.replicas["planner-2-r1-9999"], state=State.EXITED, ready=False)
    lines = status(world=world.with_replica(dead)).text()
    assert "  health  NOT EVERY SLOT IS ANSWERED" in lines
    assert "planner  1/2 ready, 6/12 slots answered" in lines
    assert any("planner-2-r1-9999  NOT READY (exited)" in line for line in lines)
    assert status(world=world.with_replica(dead)).to_json()["healthy"] is False


def test_slots_of_another_release_are_unhealthy_unless_a_run_is_in_progress() -> None:
    switching = after(serving(OLD), plan(serving(OLD), NEW, TOKEN)[:6])
    assert "  health  SLOTS LEAD TO ANOTHER RELEASE" in status(world=switching).text()
    assert status(world=switching).healthy is False
    lease = Lease("bob@10.0.0.9", "longshore deploy", 42, "2026-01-01T00:00:00Z")
    assert status(world=switching, running=lease).healthy is True
    other = {name: replace(service, environment={"A": "1"}) for name, service in OLD.services.items()}
    assert status(current=replace(CURRENT, release=replace(OLD, services=other))).healthy is False


def test_status_shows_mounts() -> None:
    data = Mount("/srv/data", "/data", read_only=True)
    services = {name: replace(service, mounts=(data,)) for name, service in OLD.services.items()}
    shown = status(current=replace(CURRENT, release=replace(OLD, services=services)))
    assert shown.text().count("  mounts /srv/data at /data read-only") == len(OLD.services)
    assert shown.to_json()["services"]["planner"]["mounts"] == [
        {"source": "/srv/data", "target": "/data", "read_only": True}
    ]


def test_status_names_the_running_operator_and_an_interrupted_release() -> None:
    lease = Lease("bob@10.0.0.9", "longshore deploy", 42, "2026-01-01T00:00:00Z")
    interrupted = Entry(NEW, Fate.STARTED)
    assert "bob@10.0.0.9 runs `longshore deploy` since" in status(running=lease, newest=interrupted).text()[-1]
    assert status(running=lease, newest=interrupted).interrupted is None
    ways = "deploying the same again finishes it, `longshore rollback` reverts it"
    assert f"release 2 was CUT SHORT: {ways}" in status(newest=interrupted).text()
    ways = "deploying the same again finishes it, any other release replaces it"
    assert f"release 2 was CUT SHORT: {ways}" in status(current=None, newest=interrupted).text()


def test_status_shows_why_the_last_run_failed() -> None:
    error = {"problem": "release: planner 1/2 was not ready", "found": "x", "fix": "y"}
    lines = status(last={**LAST, "outcome": "reverted", "error": error}).text()
    assert "  release: planner 1/2 was not ready" in lines


def test_status_before_the_first_release() -> None:
    empty = Status(None, None, serving(OLD).__class__(), 12, None, None)
    assert empty.text() == ["nothing was released on this host yet", "now       no run in progress"]
    assert empty.to_json()["release"] is None


def test_status_is_plain_json() -> None:
    value = json.loads(json.dumps(status().to_json()))
    assert value["services"]["solver"]["replicas"][0]["slots"] == [1, 3, 5, 7, 9, 11]
    assert value["last_run"]["outcome"] == "released"


def outcomes(*events: tuple[str, str, str], since: str = "") -> list[str]:
    """How each run ended, of records given as event, token and time."""
    begin = {"what": "deploy", "operator": "ann", "release": 1, "from": None}
    records = [{**begin, **LAST, "event": event, "run": run, "time": time} for event, run, time in events]
    lease = Lease("ann", "longshore deploy", 42, since) if since else None
    return [run["outcome"] for run in reports._runs(records, lease)]


def test_history_marks_runs_without_an_end_as_cut_short() -> None:
    assert outcomes(("begin", "a", "1"), ("begin", "b", "2"), ("end", "b", "3")) == ["cut short", "released"]


def test_history_keeps_two_runs_with_the_same_token_apart() -> None:
    twice = [("begin", "a", "1"), ("end", "a", "2"), ("begin", "a", "3"), ("end", "a", "4")]
    assert outcomes(*twice) == ["released", "released"]
    assert outcomes(*twice[:2], ("begin", "a", "3")) == ["released", "cut short"]


def test_an_end_without_its_begin_is_not_credited_to_another_run() -> None:
    assert outcomes(("begin", "a", "1"), ("end", "b", "3")) == ["cut short"]


def test_history_marks_the_current_run_as_at_work_and_earlier_ones_as_cut_short() -> None:
    assert outcomes(("begin", "a", "1"), ("begin", "b", "3"), since="2") == ["cut short", "at work"]
    assert outcomes(("begin", "a", "1"), since="2") == ["cut short"]
    assert outcomes(("begin", "a", "2"), ("end", "a", "3"), since="2") == ["released"]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Result.RELEASED, 0),
        (Result.UNCHANGED, 0),
        (Result.PLANNED, 0),
        (Result.ROLLED_BACK, 0),
        (Result.REFUSED, 1),
        (Result.REVERTED, 3),
        (Result.FAILED, 4),
        (Result.LOCKED, 5),
    ],
)
def test_exit_codes(result: Result, code: int) -> None:
    outcome = Outcome(result, changed=False)
    assert outcome.exit_code == code
    assert outcome.text()


def test_outcome_as_json() -> None:
    error = RefusedError("a", "b", "c", exit_code=137, log=["x"])
    steps = plan(serving(OLD), NEW, TOKEN)
    value = Outcome(Result.REVERTED, True, 1, "image", "sha256:1", steps, 1.26, error).to_json()
    assert list(value) == ["changed", "release", "image", "digest", "outcome", "steps", "seconds", "error", "note"]
    assert (value["outcome"], value["seconds"], value["steps"][0]["step"]) == ("reverted", 1.3, "start")
    assert value["error"] == {"problem": "a", "found": "b", "fix": "c", "exit_code": 137, "log": ["x"]}


def test_a_refusal_prints_three_lines_and_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "engine.json"
    config.write_text('{"rooot": "/x"}')
    assert main(["--config", str(config), "status", "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines()[:3] == [
        f"engine: unknown key in {config}",
        "  found: 'rooot'",
        f"  fix: did you mean `root`? known: {KEYS}",
    ]
    assert json.loads(printed.out)["outcome"] == "refused"


def test_an_operating_system_error_prints_three_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path), "status", "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines()[:2] == [
        "engine: could not read or write a file",
        f"  found: [Errno 21] Is a directory: '{tmp_path}'",
    ]
    assert json.loads(printed.out)["outcome"] == "refused"


@pytest.mark.parametrize("stdout", ["closed pipe", "/dev/full"])
def test_exit_code_is_kept_when_stdout_cannot_be_written(stdout: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    out = writer if stdout == "closed pipe" else os.open(stdout, os.O_WRONLY)
    command = [sys.executable, "-m", "longshore", "--config", "/none.json", "status", "--json"]
    done = subprocess.run(command, cwd=ENGINE, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("engine: no settings file")
    assert "Traceback" not in done.stderr


def test_a_missing_spec_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--spec", str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.startswith("spec: can't be read\n  found: ")


@pytest.mark.parametrize("arguments", [[], ["deplyo"], ["deploy"], ["deploy", "--spec", "a", "--image", "b"], ["logs"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


def test_builds_are_reproducible_and_run(tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    for seed, out in enumerate(outs):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        subprocess.run([sys.executable, str(ENGINE / "build.py"), str(out)], check=True, env=environment)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert outs[0].stat().st_mode & stat.S_IXUSR
    done = subprocess.run([sys.executable, "-E", str(outs[0]), "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("longshore ")
    names = zipfile.ZipFile(outs[0]).namelist()
    assert "longshore/planning/planner.py" in names
    assert "longshore/planning/planner.pyc" in names


def test_status_and_unchanged_deploys_do_not_import_the_docker_sdk() -> None:
    code = (
        "import sys; from engine.longshore.running import parts, runs; "
        "from engine.longshore.reporting import reports; print('docker' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ENGINE.parent, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
