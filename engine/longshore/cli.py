"""The `longshore` command.

Modules are imported by the command that needs them, so that `status` and a deploy with nothing to do answer at once.
"""

# ruff: noqa: PLC0415  (see the docstring)

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .errors import LongshoreError
    from .running.outcome import Outcome
    from .running.runs import Runs
    from .settings import Settings

EXIT_CODES = """exit codes: 0 done, or nothing to do; 1 refused before any change; 2 usage; 3 reverted to the release
before; 4 failed and not reverted; 5 another run is in progress"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    from .errors import LongshoreError, system_error

    try:
        code = _COMMANDS[options.command](options, _settings(options))
    except LongshoreError as error:
        code = _report(options, _refusal(error))
    except OSError as error:  # before any change: once a run makes changes, it handles its own
        code = _report(options, _refusal(system_error(error)))
    return _flush_stdout(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("longshore", description="Releases on this host.", epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=f"longshore {__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: /etc/longshore/engine.json)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, epilog=EXIT_CODES)
        added.add_argument("--json", action="store_true", help="print one JSON object")
        return added

    for name, text in (("deploy", "release an image"), ("plan", "print what deploy would do")):
        deploy = command(name, text)
        what = deploy.add_mutually_exclusive_group(required=True)
        what.add_argument("--spec", metavar="FILE", help="image and services as JSON; - reads standard input")
        what.add_argument("--image", help="this image with the services that serve now")
        _add_run_options(deploy)
    rollback = command("rollback", "go back to the release before, or to a retained one")
    rollback.add_argument("release", type=int, nargs="?", help="a number that `history` lists")
    _add_run_options(rollback)
    command("status", "show what serves and whether it is healthy")
    command("history", "list the releases and runs of this host")
    logs = command("logs", "show the last log lines of a service's replicas")
    logs.add_argument("service")
    logs.add_argument("--lines", type=int, default=50, help="per replica (default: %(default)s)")
    text = "run a command in one of a service's replicas; the exit code is the command's own"
    inside = commands.add_parser("exec", help=text, description=text)
    inside.add_argument("service")
    inside.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="print the plan and change nothing")
    parser.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="wait at most this long for another run to end"
    )


def _settings(options: argparse.Namespace) -> Settings:
    from .settings import DEFAULT_FILE, Settings

    return Settings.load(options.config or DEFAULT_FILE, required=options.config is not None)


def _deploy(options: argparse.Namespace, settings: Settings) -> int:
    from .planning.reference import Reference
    from .planning.spec import parse

    check = options.check or options.command == "plan"
    if options.image is not None:
        image, services = Reference.parse(options.image), None
    else:
        spec = parse(*_spec_text(options.spec))
        image, services = spec.image, spec.services
    runs = _runs(settings)
    return _report(
        options, runs.deploy(image, services, check=check, wait=options.wait, command=_command_text(options))
    )


def _rollback(options: argparse.Namespace, settings: Settings) -> int:
    runs = _runs(settings)
    return _report(
        options, runs.rollback(options.release, check=options.check, wait=options.wait, command=_command_text(options))
    )


def _status(options: argparse.Namespace, settings: Settings) -> int:
    from .reporting import reports

    status = reports.status(settings)
    return _answer(options, status.to_json(), status.text())


def _history(options: argparse.Namespace, settings: Settings) -> int:
    from .reporting import reports

    history = reports.history(settings)
    return _answer(options, history, reports.history_text(history))


def _logs(options: argparse.Namespace, settings: Settings) -> int:
    from .reporting import reports

    logs = reports.logs(settings, options.service, options.lines)
    return _answer(options, logs, [f"{replica} | {line}" for replica, lines in logs.items() for line in lines])


def _exec(options: argparse.Namespace, settings: Settings) -> int:
    from .errors import RefusedError
    from .reporting import reports

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise RefusedError("exec: no command", options.service, f"longshore exec {options.service} COMMAND ...")
    terminal = ["--tty"] if sys.stdin.isatty() else []
    docker = ["docker", "exec", "--interactive", *terminal, reports.running(settings, options.service), *words]
    try:
        # In our place: terminal, signals and exit code are the command's.
        os.execvp(docker[0], docker)  # noqa: S606
    except FileNotFoundError as error:
        raise RefusedError(
            "exec: no docker command", os.environ.get("PATH", ""), "apt-get install docker.io"
        ) from error


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "deploy": _deploy,
    "plan": _deploy,
    "rollback": _rollback,
    "status": _status,
    "history": _history,
    "logs": _logs,
    "exec": _exec,
}


def _runs(settings: Settings) -> Runs:
    from .running.parts import parts_of_this_host
    from .running.progress import Stream
    from .running.runs import Runs

    return Runs(parts_of_this_host(settings, Stream()))


def _spec_text(name: str) -> tuple[str, str]:
    from .errors import RefusedError

    if name == "-":
        return sys.stdin.read(), "standard input"
    try:
        return Path(name).read_text(encoding="utf-8"), name
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise RefusedError(
            "spec: can't be read", f"{name}: {reason}", "name a readable JSON file, or - for stdin"
        ) from error


def _command_text(options: argparse.Namespace) -> str:
    """The command as typed, for the lock's lease and the journal."""
    what = {"image": options.image} if getattr(options, "image", None) else {}
    number = [str(options.release)] if getattr(options, "release", None) else []
    return shlex.join(["longshore", options.command, *number, *(f"--{key}={value}" for key, value in what.items())])


def _refusal(error: LongshoreError) -> Outcome:
    from .errors import LockedError
    from .running.outcome import Outcome, Result

    return Outcome(Result.LOCKED if isinstance(error, LockedError) else Result.REFUSED, changed=False, error=error)


def _report(options: argparse.Namespace, outcome: Outcome) -> int:
    """Print an outcome: text on stderr and, with --json, one JSON object on stdout. Returns the exit code."""
    from .running.progress import Stream

    stderr = Stream()
    if outcome.error:
        stderr.say(str(outcome.error))
        for line in outcome.error.log:
            stderr.say(f"  log: {line}")
    for line in outcome.text():
        stderr.say(line)
    if getattr(options, "json", False):
        _print([json.dumps(outcome.to_json())])
    return outcome.exit_code


def _answer(options: argparse.Namespace, value: dict[str, Any], lines: list[str]) -> int:
    _print([json.dumps(value)] if options.json else lines)
    return 0


def _print(lines: list[str]) -> None:
    """Print an answer. A reader that is gone changes nothing about what was done, nor the exit code."""
    try:
        sys.stdout.write("".join(line + "\n" for line in lines))
        sys.stdout.flush()
    except BrokenPipeError:
        return
    except OSError as error:
        from .running.progress import Stream

        Stream().say(f"the answer could not be written: {error}")


def _flush_stdout(code: int) -> int:
    """Flush stdout; when its reader is gone, keep the interpreter from turning that into exit code 120."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
