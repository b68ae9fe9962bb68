"""`python -m sandbox COMMAND`."""

import argparse
import shlex
import shutil
import sys
from pathlib import Path
from subprocess import CalledProcessError

from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from engine.longshore.errors import RefusedError
from sandbox import application, exercise, health, images, lifecycle, report, settings, site
from sandbox.console import phase, say
from sandbox.machine import engine, network

# Errors of the machine in the middle of a command, which are printed as refusals instead of tracebacks.
UNEXPECTED = (CalledProcessError, DockerException, OSError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="bring the sandbox up, or start again what died")
    commands.add_parser("site", help="image, the playbook longshore.app.site, and what to try next")
    commands.add_parser("down", help="stop it and leave nothing of it")
    commands.add_parser("clean", help="the same, and remove its images and state")
    commands.add_parser("status", help="what runs, where, and what is wrong")
    run = commands.add_parser("run", help="build the application's image and run it alone on port 5000")
    run.add_argument("--dev", action="store_true", help="run the checkout's app/ and reload it when a file changes")
    run.add_argument("--database", default="sqlite", help="sqlite or postgresql")
    collect = commands.add_parser("collect", help="copy logs of processes, hosts and replicas into a folder")
    collect.add_argument("folder", type=Path)
    image = commands.add_parser("image", help="print the tag of an image of the sandbox, built if need be")
    image.add_argument("name", choices=["host", "app-base"])
    image.add_argument("--release", choices=settings.RELEASES, default=network.DEFAULT_RELEASE, help="Debian of a host")
    for name, what in (("build", "build the application's image"), ("push", "build it and push it")):
        command = commands.add_parser(name, help=what)
        command.add_argument("image", nargs="?", default=application.DEFAULT)
    return parser


def main() -> int:
    """Run one command; 1 for a refusal or what could not be foreseen, whose three lines go to stderr."""
    arguments = _parser().parse_args()
    try:
        return _run(arguments, settings.load())
    except RefusedError as refusal:
        sys.stderr.write(f"{refusal}\n")
    except UNEXPECTED as error:
        sys.stderr.write(f"{as_refusal(error, settings.load().logs)}\n")
    return 1


def _run(arguments: argparse.Namespace, current: settings.Settings) -> int:
    match arguments.command:
        case "up":
            lifecycle.up(current)
        case "down":
            lifecycle.down(current)
        case "status":
            return 0 if report.show(current) else 1
        case "clean":
            lifecycle.down(current, images_too=True)
            for folder in (current.state, settings.CHECKOUT / site.ENVIRONMENT):
                if folder.exists():
                    shutil.rmtree(folder)
        case "build":
            image = application.parse(arguments.image)
            with phase(f"building {image.text}"):
                application.build(engine.ensure(current), image)
        case "push":
            image = application.parse(arguments.image)
            if image.in_sandbox:
                # Another clone's would answer at the same port, and a dead one only after the build.
                health.require(current)
            with phase(f"pushing {image.text}"):
                application.push(engine.ensure(current), current, image)
        case _:
            _with_engine(arguments, current)
    return 0


def _with_engine(arguments: argparse.Namespace, current: settings.Settings) -> None:
    client = engine.ensure(current)
    match arguments.command:
        case "site":
            site.deploy(client, current)
        case "run":
            sources = settings.CHECKOUT / "app" if arguments.dev else None
            exercise.run(client, current, database=arguments.database, sources=sources)
        case "collect":
            report.collect(client, current, arguments.folder)
        case "image":
            named = images.host(client, arguments.release) if arguments.name == "host" else images.app_base(client)
            say(named)


def as_refusal(error: Exception, logs: Path) -> RefusedError:
    """One of UNEXPECTED as a refusal."""
    if isinstance(error, TimeoutError):
        return RefusedError(
            "sandbox: timed out",
            found=str(error),
            fix=f"see {logs}, then run the command again",
        )
    if isinstance(error, CalledProcessError):
        command = shlex.join(map(str, error.cmd))
        return RefusedError(
            "sandbox: a command of this machine failed",
            found=f"`{command}` exited with {error.returncode}",
            fix=f"run it by hand to see all of it: {command}",
        )
    if not isinstance(error, DockerException | RequestException):
        return RefusedError(
            "sandbox: this machine refused",
            found=str(error),
            fix="correct that, then run the command again; `make down` removes what exists",
        )
    # An APIError's own text begins with the request.
    found = error.explanation if isinstance(error, APIError) else None
    return RefusedError(
        "docker: the engine refused",
        found=str(found or error),
        fix="correct that, then run the command again; `make down` removes what exists",
    )


if __name__ == "__main__":
    sys.exit(main())
