"""Runs the host's release engine and turns its JSON answer into what an Ansible module returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "executable": {"type": "path", "default": "/usr/local/bin/longshore"},
    "operator": {"type": "str"},
    "wait": {"type": "int", "default": 0},
}
LOG_LINES = 20
KEPT = ("release", "image", "digest", "outcome", "seconds")


def three_lines(problem: str, found: str, fix: str) -> str:
    """An error as an operator reads it."""
    return f"{problem}\n  found: {found}\n  fix: {fix}"


def error_text(error: dict[str, Any]) -> str:
    """The engine's error: its three lines and, where a container is to blame, how it ended and what it said last."""
    text = three_lines(error["problem"], error["found"], error["fix"])
    if error.get("exit_code") is not None:
        text += f"\n  exit code: {error['exit_code']}"
    if error.get("log"):
        text += "".join(["\n  its last log lines:", *(f"\n    {line}" for line in error["log"][-LOG_LINES:])])
    return text


def missing_text(executable: str) -> str:
    """What to say where the engine has not been installed."""
    return three_lines(
        "release: the host has no release engine", f"no {executable}", "run longshore.app.configure first"
    )


def read_answer(stdout: str, stderr: str, code: int) -> dict[str, Any]:
    """The engine's one JSON object; an error in its place where it gave none."""
    try:
        answer = json.loads(stdout)
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    found = f"exit status {code}: {(stderr.strip().splitlines() or ['no output'])[-1]}"
    problem = {
        "problem": "release: the engine gave no answer",
        "found": found,
        "fix": "run `sudo longshore status` on the host; it shows what the engine trips over",
    }
    return {"changed": False, "outcome": "failed", "error": problem}


def returned(answer: dict[str, Any], stderr: str) -> dict[str, Any]:
    """What a module returns for an answer, success or not."""
    plan = [str(step["text"]) for step in answer.get("steps") or []]
    return {
        **{key: answer[key] for key in KEPT if key in answer},
        "changed": bool(answer.get("changed")),
        "steps": answer.get("steps") or [],
        "events": events(stderr.splitlines(), plan, answer.get("error")),
        "diff": {"prepared": "".join(f"  {number:2}  {line}\n" for number, line in enumerate(plan, start=1))},
    }


def events(lines: list[str], plan: list[str], error: dict[str, Any] | None) -> list[str]:
    """What the engine told, without what a module returns by itself: the error as `msg`, a foretold plan as `diff`."""
    known = {f"{number:3} {line}" for number, line in enumerate(plan, start=1)}
    if error:
        known |= set(three_lines(error["problem"], error["found"], error["fix"]).splitlines())
        known |= {f"  log: {line}" for line in error.get("log") or []}
    return [line for line in lines if line not in known]


def installed(executable: str) -> bool:
    """Whether the host has the engine."""
    return Path(executable).is_file()


def run(module: Any, arguments: list[str], spec: dict[str, Any] | None = None) -> None:
    """Run a command of the engine that may change the host, and end the module with what came of it."""
    parameters = module.params
    shown = {"module_args": {key: value for key, value in parameters.items() if key != "services"}}
    if not installed(parameters["executable"]):
        missing = missing_text(parameters["executable"])
        if module.check_mode:  # a configure.yml that was only foretold would have installed it
            module.exit_json(changed=True, outcome="unknown", msg=missing, invocation=shown)
        module.fail_json(msg=missing, outcome="refused", invocation=shown)
    command = [parameters["executable"], *arguments, "--json", *(["--check"] if module.check_mode else [])]
    if parameters["wait"]:
        command += ["--wait", str(parameters["wait"])]
    who = {"LONGSHORE_OPERATOR": parameters["operator"]} if parameters["operator"] else {}
    text = None if spec is None else json.dumps(spec)
    code, stdout, stderr = module.run_command(command, data=text, binary_data=False, environ_update=who)
    answer = read_answer(stdout, stderr, code)
    result = {**returned(answer, stderr), "invocation": shown}
    if answer.get("error"):
        module.fail_json(msg=error_text(answer["error"]), error=answer["error"], **result)
    module.exit_json(**result)


def read(module: Any, arguments: list[str]) -> dict[str, Any]:
    """Run a command of the engine that only looks, and give its answer; an error ends the module."""
    code, stdout, stderr = module.run_command([module.params["executable"], *arguments, "--json"])
    answer = read_answer(stdout, stderr, code)
    if answer.get("error"):
        module.fail_json(msg=error_text(answer["error"]), error=answer["error"])
    return answer
