"""Is every host of a fleet asked before the first is changed, and does a release stop at the first that fails?

Both hosts are this machine, entered by an `ssh` that only runs what it is given. In the engine's place stands a command
that writes down when it was called and gives a recorded answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ansible.running import Run, ansible, environment

IMAGE = "docker.io/acme/agents:1.1.0"
SSH = """#!/bin/sh
for word; do
  case "$word" in web-*) host=$word;; esac
done
test -e "{folder}/$host.down" && {{ echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255; }}
exec sh -c "$word"
"""
ENGINE = """#!/usr/bin/python3
import json, os, sys
from pathlib import Path

folder = Path("{folder}")
spec = json.load(sys.stdin)
asked = "judge" if "--check" in sys.argv else "release"
host = os.environ["LONGSHORE_OPERATOR"]
with (folder / "asked").open("a") as told:
    told.write(asked + " " + host + "\\n")
for name in json.loads((folder / "falls").read_text()).get(asked + " " + host, []):
    (folder / (name + ".down")).touch()
answer = json.loads((folder / "answers").read_text()).get(asked + " " + host)
done = dict(changed=True, outcome="released", image=spec["image"], release=4, steps=[], error=None)
print(json.dumps(answer or done))
print("it went well", file=sys.stderr)
sys.exit(1 if (answer or done).get("error") else 0)
"""


def refused(outcome: str) -> dict[str, object]:
    error = {"problem": "release: no", "found": "web", "fix": "yes"}
    return {"error": error, "outcome": outcome, "changed": False}


@dataclass
class Fleet:
    """Two hosts, web-1 and web-2."""

    folder: Path
    hosts: tuple[str, ...] = ("web-1", "web-2")
    # Variables of a host's own.
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    def deploy(
        self, *arguments: str, answers: dict[str, object] | None = None, falls: dict[str, list[str]] | None = None
    ) -> Run:
        """Release. `answers` of a host by what it is asked; `falls` names hosts that go down when that is asked."""
        (self.folder / "answers").write_text(json.dumps(answers or {}))
        (self.folder / "falls").write_text(json.dumps(falls or {}))
        (self.folder / "asked").write_text("")
        for name, text in (("ssh", SSH.format(folder=self.folder)), ("longshore", ENGINE)):
            (self.folder / name).write_text(text.replace("{folder}", str(self.folder)))
            (self.folder / name).chmod(0o755)
        hosts = {
            name: {"release_operator": name, "ansible_remote_tmp": str(self.folder), **self.own.get(name, {})}
            for name in self.hosts
        }
        # No privileges, and nothing kept open between two tasks: the next one notices that a host went down.
        entering = {"ansible_become": False, "ansible_ssh_executable": str(self.folder / "ssh"), "ansible_ssh_args": ""}
        inventory = environment(
            self.folder, hosts, vars={**entering, "release_command": str(self.folder / "longshore")}
        )
        return ansible(
            "ansible-playbook", "-i", str(inventory), "longshore.app.deploy", "-e", f"release_image={IMAGE}",
            *arguments,
        )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        """What hosts were asked, in order; the judging of several, which is done at once, by name."""
        lines = (self.folder / "asked").read_text().splitlines()
        judged = sum(line.startswith("judge") for line in lines)
        return sorted(lines[:judged]) + lines[judged:]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def releases(run: Run) -> list[str]:
    """The table at the end."""
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    at = lines.index("RELEASES")
    return lines[at + 1 : lines.index(next(line for line in lines[at:] if line.startswith("TIME")))]


def test_all_are_judged_and_then_released_to_one_after_the_other(fleet: Fleet) -> None:
    run = fleet.deploy()
    assert run.code == 0, run.output
    assert fleet.asked == ["judge web-1", "judge web-2", "release web-1", "release web-2"]
    assert releases(run) == [f"{name} released {IMAGE} release 4 https://{name}" for name in fleet.hosts]
    assert run.output.count("it went well") == 2, "what a host only foretold is not told as if it were done"


def test_one_host_is_asked_once(fleet: Fleet) -> None:
    fleet.hosts = ("web-1",)
    run = fleet.deploy()
    assert (run.code, fleet.asked) == (0, ["release web-1"]), run.output


def test_in_check_mode_each_is_asked_once(fleet: Fleet) -> None:
    foretold = {"outcome": "unknown", "changed": True}
    run = fleet.deploy("--check", answers={"judge web-1": foretold, "judge web-2": foretold})
    assert (run.code, fleet.asked) == (0, ["judge web-1", "judge web-2"]), run.output
    assert releases(run) == ["web-1 unknown", "web-2 unknown"]


def test_what_the_second_host_refuses_stops_the_run_before_the_first_is_changed(fleet: Fleet) -> None:
    run = fleet.deploy(answers={"judge web-2": refused("locked")})
    assert run.code != 0
    assert fleet.asked == ["judge web-1", "judge web-2"]
    assert releases(run) == ["web-1 not touched", "web-2 locked"]
    assert "release: no" in run.output


def test_a_host_that_cannot_be_reached_stops_the_run_before_the_first_is_changed(fleet: Fleet) -> None:
    (fleet.folder / "web-2.down").touch()
    run = fleet.deploy()
    assert run.code != 0
    assert "release web-1" not in fleet.asked
    assert releases(run) == ["web-1 not touched", "web-2 unreachable"]
    assert "ssh: the host does not answer" in run.output


def test_a_host_without_an_engine_stops_the_run_before_the_first_is_changed(fleet: Fleet) -> None:
    fleet.own = {"web-2": {"release_command": "/nowhere/longshore"}}
    run = fleet.deploy()
    assert run.code != 0
    assert fleet.asked == ["judge web-1"]
    assert releases(run) == ["web-1 not touched", "web-2 refused"]
    assert "release: the host has no release engine" in run.output


def test_a_release_stops_at_the_first_host_that_fails_and_says_which_were_not_reached(fleet: Fleet) -> None:
    run = fleet.deploy(answers={"release web-1": refused("reverted")})
    assert run.code != 0
    assert fleet.asked == ["judge web-1", "judge web-2", "release web-1"]
    assert releases(run) == ["web-1 reverted", "web-2 not touched"]


def test_it_stops_as_well_at_the_first_that_cannot_be_reached_any_more(fleet: Fleet) -> None:
    run = fleet.deploy(falls={"judge web-2": ["web-1", "web-2"], "judge web-1": ["web-1", "web-2"]})
    assert run.code != 0
    assert "release web-2" not in fleet.asked
    assert run.output.count("UNREACHABLE") == 1
    assert releases(run) == ["web-1 unreachable", "web-2 not touched"]
