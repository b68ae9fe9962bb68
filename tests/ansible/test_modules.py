"""Do the modules ask the engine for the right thing, and return what it answered?

The engine here is a script that writes down how it was called and gives a recorded answer; the real one is used on a
real host by tests/roles.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.running import ansible

RELEASED = {
    "changed": True,
    "release": 4,
    "image": "docker.io/acme/agents:1.1.0",
    "digest": "sha256:" + "ab" * 32,
    "outcome": "released",
    "steps": [{"step": "start", "text": "start planner 1/2"}, {"step": "stop", "text": "stop planner-1-r3-aaaa"}],
    "seconds": 4.2,
    "error": None,
    "note": "",
}
SERVICES = {"planner": {"replicas": 2, "environment": {"API_KEY": "correct horse", "LEVEL": "2"}}}


@dataclass
class Engine:
    """A stand-in for the command on the host, and how it was called."""

    folder: Path

    @property
    def command(self) -> Path:
        return self.folder / "longshore"

    def answers(self, answer: object, stderr: str = "", code: int = 0) -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        (self.folder / "stdout").write_text(text)
        (self.folder / "stderr").write_text(stderr)
        script = f"""#!/bin/sh
cd {self.folder}
echo "$@" >> arguments
case "$*" in *--spec*) cat > spec;; esac
echo "$LONGSHORE_OPERATOR" > operator
cat stderr >&2
cat stdout
exit {code}
"""
        self.command.write_text(script)
        self.command.chmod(0o755)

    def said(self, name: str) -> str:
        return (self.folder / name).read_text().strip()

    def asked_by(self, module: str, *options: str, **arguments: object) -> dict[str, Any]:
        """What the module returned."""
        inventory = self.folder / "hosts.yml"
        inventory.write_text("all: {hosts: {web-1: {ansible_connection: local}}}\n")
        given = json.dumps({"executable": str(self.command), **arguments})
        run = ansible(
            "ansible", "-i", str(inventory), "web-1", "-m", module, "-a", given, *options,
            ANSIBLE_CALLBACK_RESULT_FORMAT="json",
        )  # fmt: skip
        self.output = run.output
        returned: dict[str, Any] = json.loads(run.output[run.output.rindex("=> {") + 3 :])
        return returned


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


def test_a_release(engine: Engine) -> None:
    engine.answers(RELEASED, "planner 1/2 ready after 0.8 s\nreleased: release 4 in 4.2 s\n")
    result = engine.asked_by("longshore.app.release", image="agents:1", services=SERVICES, operator="eve", wait=60)
    assert engine.said("arguments") == "deploy --spec - --json --wait 60"
    assert json.loads(engine.said("spec")) == {"image": "agents:1", "services": SERVICES}
    assert engine.said("operator") == "eve"
    told = {key: RELEASED[key] for key in ("changed", "release", "image", "digest", "outcome", "steps", "seconds")}
    assert told.items() <= result.items()
    assert result["events"] == ["planner 1/2 ready after 0.8 s", "released: release 4 in 4.2 s"]


def test_a_release_that_serves_already(engine: Engine) -> None:
    engine.answers({**RELEASED, "changed": False, "outcome": "unchanged", "steps": []})
    assert engine.asked_by("longshore.app.release", image="agents:1", services=SERVICES)["changed"] is False


def test_check_mode_is_the_engine_s_own_and_the_plan_is_the_diff(engine: Engine) -> None:
    plan = "plan for release 4: 2 steps\n  1 start planner 1/2\n  2 stop planner-1-r3-aaaa\n"
    engine.answers({**RELEASED, "outcome": "planned"}, plan)
    result = engine.asked_by("longshore.app.release", "--check", "-vvv", image="agents:1", services=SERVICES)
    assert engine.said("arguments") == "deploy --spec - --json --check"
    assert result["events"] == ["plan for release 4: 2 steps"]
    assert result["diff"]["prepared"] == "   1  start planner 1/2\n   2  stop planner-1-r3-aaaa\n"


def test_nothing_of_the_environment_is_shown_and_nothing_else_is_blotted_out(engine: Engine) -> None:
    engine.answers(RELEASED)
    result = engine.asked_by("longshore.app.release", "-vvv", image="agents:1", services=SERVICES)
    assert "API_KEY" not in engine.output.split("=> {", 1)[1]
    assert "*" not in json.dumps(result["steps"])


def test_a_failure_has_the_three_lines_and_what_the_container_said(engine: Engine) -> None:
    error = {
        "problem": "release: planner 1/2 ended",
        "found": "exit code 3",
        "fix": "read",
        "exit_code": 3,
        "log": ["no model"],
    }
    told = "release: planner 1/2 ended\n  found: exit code 3\n  fix: read\n  log: no model\n"
    engine.answers(
        {**RELEASED, "outcome": "reverted", "error": error}, f"planner 1/2 started\n{told}reverted\n", code=3
    )
    result = engine.asked_by("longshore.app.release", image="agents:1", services=SERVICES)
    assert result["msg"] == (
        "release: planner 1/2 ended\n"
        "  found: exit code 3\n"
        "  fix: read\n"
        "  exit code: 3\n"
        "  its last log lines:\n"
        "    no model"
    )
    assert result["outcome"] == "reverted"
    assert result["error"] == error
    assert result["events"] == ["planner 1/2 started", "reverted"]


def test_an_engine_that_gives_no_answer(engine: Engine) -> None:
    engine.answers("", "Traceback\nKeyError: 'x'\n", code=1)
    assert engine.asked_by("longshore.app.release", image="agents:1", services=SERVICES)["msg"] == (
        "release: the engine gave no answer\n"
        "  found: exit status 1: KeyError: 'x'\n"
        "  fix: run `sudo longshore status` on the host; it shows what the engine trips over"
    )


def test_a_host_without_the_engine(engine: Engine) -> None:
    missing = (
        "release: the host has no release engine\n"
        f"  found: no {engine.command}\n"
        "  fix: run longshore.app.configure first"
    )
    assert engine.asked_by("longshore.app.release", image="agents:1", services=SERVICES)["msg"] == missing
    foretold = engine.asked_by("longshore.app.release", "--check", image="agents:1", services=SERVICES)
    assert (foretold["changed"], foretold["outcome"], foretold["msg"]) == (True, "unknown", missing)
    assert engine.asked_by("longshore.app.status")["installed"] is False


def test_a_rollback(engine: Engine) -> None:
    engine.answers({**RELEASED, "outcome": "rolled_back"})
    assert engine.asked_by("longshore.app.rollback", release=3)["outcome"] == "rolled_back"
    engine.asked_by("longshore.app.rollback", "--check")
    assert engine.said("arguments").splitlines() == ["rollback 3 --json", "rollback --json --check"]


def test_status_and_history(engine: Engine) -> None:
    keys = ("release", "image", "digest", "since", "healthy", "services", "running", "interrupted", "trouble")
    engine.answers(dict.fromkeys(keys) | {"release": 4, "releases": [{"number": 4}]})
    result = engine.asked_by("longshore.app.status", history=True)
    assert (result["changed"], result["installed"], result["release"]) == (False, True, 4)
    assert result["releases"] == [{"number": 4}]
    assert engine.said("arguments").splitlines() == ["status --json", "history --json"]
