"""What the environment says, read and checked once at start.

`Settings.read` never stops at the first mistake: it collects all of them, so that one failed start is enough to mend
a configuration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["planner", "solver"]

ROLES: tuple[Role, ...] = ("planner", "solver")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

# unix(7): sun_path holds 108 bytes, the last of them is the terminating null.
SOCKET_PATH_BYTES = 107

_BIND_TCP = re.compile(r"(?P<host>[0-9A-Za-z.\-]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used: what is wrong, what was seen, how to mend it."""

    wrong: str
    seen: str
    mend: str

    def __str__(self) -> str:
        return f"settings: {self.wrong}\n  seen: {self.seen}\n  mend: {self.mend}"


class SettingsError(Exception):
    """The environment cannot be used; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """The application's configuration; each field is one environment variable in upper case."""

    agent_role: Role | None = None
    bind: str = "0.0.0.0:5000"
    proxy_socket: str | None = None
    workers: int = 1
    threads: int = 32
    log_level: str = "info"
    release: str | None = None
    release_digest: str | None = None
    release_image: str | None = None
    revision: str | None = None
    service: str | None = None
    replica: str | None = None

    @property
    def roles(self) -> tuple[Role, ...]:
        """The agents this process plays: one by AGENT_ROLE, else both."""
        return (self.agent_role,) if self.agent_role else ROLES

    @property
    def behind_proxy(self) -> bool:
        """Whether only the proxy can connect, so that its X-Forwarded headers are to be believed."""
        return self.bind.startswith("unix:")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings of an environment; raises SettingsError with all problems. An empty value counts as not set."""
        reader = _Reader({name: value.strip() for name, value in environ.items() if value.strip()})
        settings = cls(
            agent_role=reader.role(),
            bind=reader.bind(cls.bind),
            proxy_socket=reader.socket_path("PROXY_SOCKET"),
            workers=reader.integer("WORKERS", cls.workers, 1, 16),
            threads=reader.integer("THREADS", cls.threads, 2, 512),
            log_level=reader.choice("LOG_LEVEL", LOG_LEVELS) or cls.log_level,
            release=reader.text("RELEASE"),
            release_digest=reader.text("RELEASE_DIGEST"),
            release_image=reader.text("RELEASE_IMAGE"),
            revision=reader.text("REVISION"),
            service=reader.text("SERVICE"),
            replica=reader.text("REPLICA"),
        )
        if settings.agent_role == "planner" and "PROXY_SOCKET" not in reader.values:
            reader.problem(
                "the planner alone cannot reach the solver",
                "AGENT_ROLE=planner and no PROXY_SOCKET",
                "set PROXY_SOCKET to the proxy's internal socket, or unset AGENT_ROLE to run both agents",
            )
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


@dataclass
class _Reader:
    """Reads values, and writes down what is wrong with them instead of raising."""

    values: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, wrong: str, seen: str, mend: str) -> None:
        self.problems.append(Problem(wrong, seen, mend))

    def text(self, name: str) -> str | None:
        return self.values.get(name)

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        value = self.values.get(name)
        if value is None or value in choices:
            return value
        self.problem(f"{name} is not one of its values", f"{name}={value}", f"use {' or '.join(choices)}")
        return None

    def role(self) -> Role | None:
        value = self.values.get("AGENT_ROLE")
        for role in ROLES:
            if value == role:
                return role
        if value is not None:
            self.problem(
                "AGENT_ROLE names no agent", f"AGENT_ROLE={value}", "use planner or solver, or unset it to run both"
            )
        return None

    def integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self.values.get(name)
        if value is None:
            return default
        if re.fullmatch(r"[0-9]{1,6}", value) and lowest <= int(value) <= highest:
            return int(value)
        self.problem(
            f"{name} is out of range", f"{name}={value}", f"use a whole number from {lowest} to {highest}, or unset it"
        )
        return default

    def bind(self, default: str) -> str:
        value = self.values.get("BIND")
        if value is None:
            return default
        if value.startswith("unix:"):
            self._check_socket_path("BIND", value.removeprefix("unix:"))
            return value
        match = _BIND_TCP.fullmatch(value)
        if not match or not 1 <= int(match["port"]) <= 65535:
            self.problem("BIND is not an address", f"BIND={value}", "use HOST:PORT or unix:/absolute/path")
        return value

    def socket_path(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None or self._check_socket_path(name, value):
            return value
        return None

    def _check_socket_path(self, name: str, path: str) -> bool:
        if not path.startswith("/"):
            self.problem(f"{name} needs an absolute path", f"{name}={self.values[name]}", "start the path with /")
            return False
        if len(path.encode()) > SOCKET_PATH_BYTES:
            self.problem(
                f"{name} is longer than a unix socket's path may be",
                f"{len(path.encode())} bytes: {path}",
                f"use a path of at most {SOCKET_PATH_BYTES} bytes",
            )
            return False
        return True
