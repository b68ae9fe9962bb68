"""The Docker engine: the one that runs is used, else the installed one is started; only what was started is stopped."""

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException

from engine.longshore.errors import RefusedError
from sandbox.machine import network
from sandbox.settings import Settings
from sandbox.waiting import wait_until

SYSTEMD = Path("/run/systemd/system")
# Where an engine that was killed leaves its number and its containerd's. It takes any process of that number for them.
PID_FILES = {Path("/run/docker.pid"): "dockerd", Path("/run/docker/containerd/containerd.pid"): "containerd"}
# A killed process is gone in an instant, even on a busy machine. A living process of that number is waited for in vain.
ENDING_SECONDS = 3


# cgroup namespaces, which hosts are started with, came with this API.
NEEDED_API, NEEDED_ENGINE = "1.41", "Docker 20.10"
# Security options of engines whose root is not the machine's.
UNUSABLE = {"rootless": "runs without root", "userns": "gives root of a container another number"}


@dataclass(frozen=True)
class OurEngine:
    """An engine that a sandbox started: its process, or None where systemd runs it."""

    pid: int | None
    # Field 22 of /proc/PID/stat: tells the process from a later one with its number.
    ticks: int | None

    def lives(self) -> bool:
        """Whether that very process (or the systemd service) still runs."""
        if self.pid is None:
            return subprocess.run(["systemctl", "is-active", "--quiet", "docker"], check=False).returncode == 0
        return start_ticks(self.pid) == self.ticks


def connect() -> docker.DockerClient:
    """A client of the running engine; raises DockerException where none answers."""
    client = docker.from_env(timeout=120)
    client.ping()
    return client


def check_engine(version: Mapping[str, Any], info: Mapping[str, Any]) -> None:
    """Refuse an engine that cannot run hosts, by what `docker version` and `docker info` say of it."""
    api = version.get("ApiVersion", "")
    if _numbers(api) < _numbers(NEEDED_API):
        raise RefusedError(
            f"docker: the engine is too old, hosts need {NEEDED_ENGINE} or newer",
            found=f"{version.get('Version', 'no version')}, API {api or 'unknown'}",
            fix="install docker.io of Debian 12 or 13, or Docker's own docker-ce, then run the command again",
        )
    options = [option.partition(",")[0] for option in info.get("SecurityOptions") or []]
    for option, what in UNUSABLE.items():
        if f"name={option}" in options:
            raise RefusedError(
                f"docker: hosts need an engine that runs as root, and this one {what}",
                found=f"`docker info` says name={option} among its security options",
                fix="`unset DOCKER_HOST`, or `docker context use default`, or take userns-remap out of its settings",
            )
    if info.get("OSType", "linux") != "linux":
        raise RefusedError(
            "docker: the engine runs no Linux containers",
            found=f"`docker info` says OSType {info['OSType']}",
            fix="run the sandbox in a Linux virtual machine, Debian 13 for instance",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _checked(client: docker.DockerClient) -> docker.DockerClient:
    check_engine(client.version(), client.info())
    return client


def answers() -> bool:
    """Whether an engine answers this user."""
    try:
        connect().close()
    except DockerException:
        return False
    return True


def ensure(settings: Settings, arguments: Sequence[str] = ()) -> docker.DockerClient:
    """The running engine's client, after starting the installed engine where none runs."""
    try:
        return _checked(connect())
    except DockerException as error:
        if isinstance(error.__context__, PermissionError) or "Permission denied" in str(error):
            raise RefusedError(
                "docker: this user may not use the engine that runs",
                found=str(error),
                fix="`sudo make up`, or `sudo usermod -aG docker $USER` and log in again",
            ) from error
    if shutil.which("dockerd", path=_search_path()) is None:
        raise RefusedError(
            "docker: no engine is installed",
            found="no dockerd on the PATH, no engine answers",
            fix="run `make up`, which installs Debian's docker.io, as root or with sudo",
        )
    if os.geteuid() != 0 and not (SYSTEMD.exists() and may_become_root()):
        raise RefusedError(
            "docker: the installed engine is not running, and only root may start it",
            found=f"user id {os.geteuid()}",
            fix="`sudo systemctl start docker`, or `sudo make up`",
        )
    _start(settings, arguments)
    return _checked(connect())


def _start(settings: Settings, arguments: Sequence[str]) -> None:
    settings.logs.mkdir(parents=True, exist_ok=True)
    if SYSTEMD.exists() and not arguments:
        subprocess.run(as_root("systemctl", "start", "docker"), check=True)
        record = OurEngine(None, None)
    else:
        remove_stale_pid_files(PID_FILES)
        with (settings.logs / "dockerd.log").open("ab") as log:
            daemon = subprocess.Popen(
                ["dockerd", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A proxy of this shell is the engine's too, but for this machine and its hosts.
                env={**network.environment_with_no_proxy(settings), "PATH": _search_path()},
            )
        record = OurEngine(daemon.pid, start_ticks(daemon.pid))
    settings.dockerd_record.write_text(json.dumps(record.__dict__) + "\n")
    try:
        wait_until(answers, seconds=30, what="the Docker engine to answer", give_up=lambda: not record.lives())
    except TimeoutError as error:
        log_of_it = settings.logs / "dockerd.log"
        tail = log_of_it.read_text(errors="replace").splitlines()[-3:] if record.pid else [str(error)]
        raise RefusedError(
            "docker: the engine that was started does not answer",
            found=" / ".join(tail),
            fix=f"see {log_of_it}" if record.pid else "see `journalctl --unit docker`",
        ) from error


def remove_stale_pid_files(files: Mapping[Path, str]) -> None:
    """Remove each file whose number is not that of a living process of the given name.

    Waits a moment for those that live: a killed engine's containerd ends after it, and an engine that is started in
    between takes that one for its own and waits for its answer until it gives up itself.
    """
    found = {path: name for path, name in files.items() if path.exists()}
    with contextlib.suppress(TimeoutError):
        wait_until(
            lambda: not any(_lives(*one) for one in found.items()), seconds=ENDING_SECONDS, what="processes to end"
        )
    for path, name in found.items():
        if not _lives(path, name):
            path.unlink(missing_ok=True)


def _lives(path: Path, name: str) -> bool:
    """Whether a file has the number of a living process of the name. An engine that stops removes its own meanwhile."""
    try:
        number = int(path.read_text())
        # One that ended and that nobody waited for yet still has its name.
        return Path(f"/proc/{number}/comm").read_text().strip() == name and start_ticks(number) is not None
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False


def ours(settings: Settings) -> OurEngine | None:
    """The engine that a sandbox started and that still runs, if any."""
    try:
        record = OurEngine(**json.loads(settings.dockerd_record.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return record if record.lives() else None


def stop(settings: Settings) -> bool:
    """Stop the engine if a sandbox started it; says whether it did."""
    record = ours(settings)
    if record is not None:
        if record.pid is None:
            subprocess.run(as_root("systemctl", "stop", "docker.socket", "docker.service"), check=True)
        else:
            os.kill(record.pid, 15)
            # Docker gives each container its own stop time, 10 s unless it says otherwise.
            wait_until(lambda: not record.lives(), seconds=60, what="the Docker engine to stop")
    settings.dockerd_record.unlink(missing_ok=True)
    return record is not None


def may_become_root() -> bool:
    """Whether sudo lets this user do what only root may, without a password."""
    asked = ["sudo", "-n", "true"]
    return bool(shutil.which("sudo")) and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def as_root(*command: str) -> list[str]:
    """A command that only root may run, by sudo where this user is another."""
    kept = ",".join(spelt for name in ("http_proxy", "https_proxy", "no_proxy") for spelt in (name, name.upper()))
    return [*([] if os.geteuid() == 0 else ["sudo", "-n", f"--preserve-env={kept}"]), *command]


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot (proc(5)); None when it is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(rest[18])


def _search_path() -> str:
    # dockerd and iptables live in sbin, which an ordinary user's PATH leaves out.
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
