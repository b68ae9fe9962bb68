"""Reads environment variables, and writes down what is wrong with them instead of raising."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from app.model.key import BadKeyError, read_key
from app.store import address

Role = Literal["planner", "solver"]

ROLES: tuple[Role, ...] = ("planner", "solver")

# unix(7): sun_path holds 108 bytes, the last of them is the terminating null.
SOCKET_PATH_BYTES = 107

_MODEL = (
    "LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY_FILE", "LLM_TIMEOUT_SECONDS", "LLM_BUDGET_TOKENS", "LLM_PROMPT_PRICE",
    "LLM_COMPLETION_PRICE",
)  # fmt: skip
# Of visible ASCII characters: what an HTTP client would have to escape is a slip of the pen.
_URL = re.compile(r"[!-~]+")
_BIND_TCP = re.compile(r"(?P<host>[0-9A-Za-z.\-]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used: what is wrong, what was found, how to fix it."""

    wrong: str
    found: str
    fix: str

    def __str__(self) -> str:
        return f"settings: {self.wrong}\n  found: {self.found}\n  fix: {self.fix}"


@dataclass
class Reader:
    """Reads values, and writes down what is wrong with them instead of raising."""

    values: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, wrong: str, found: str, fix: str) -> None:
        """Write down what cannot be used."""
        self.problems.append(Problem(wrong, found, fix))

    def text(self, name: str) -> str | None:
        """Any text."""
        return self.values.get(name)

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of some words."""
        value = self.values.get(name)
        if value is None or value in choices:
            return value
        self.problem(f"{name} is not one of its values", f"{name}={value}", f"use {' or '.join(choices)}")
        return None

    def role(self) -> Role | None:
        """The agent that the process is to play."""
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
        """A whole number within bounds."""
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
        """Where to listen: HOST:PORT or unix:PATH."""
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
        """The absolute path of a unix socket."""
        value = self.values.get(name)
        if value is None or self._check_socket_path(name, value):
            return value
        return None

    def database_url(self) -> str | None:
        """The database's address, as SQLAlchemy takes it."""
        value = self.values.get("DATABASE_URL")
        try:
            return None if value is None else address.normal(value)
        except ValueError as error:
            # Not shown whole: it may hold a password.
            found = f"{error} (DATABASE_URL)"
            self.problem("DATABASE_URL is no database's address", found, f"use {address.FORMS}")
        return None

    def url(self, name: str) -> str | None:
        """An address on HTTP or HTTPS, without a user."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            fits = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            parts, fits = urlsplit(""), None
        if "@" in parts.netloc:
            # Not shown: it may hold a password.
            self.problem(f"{name} holds a user", f"{name}={parts.scheme}://…@…", "put the key in LLM_API_KEY_FILE")
        elif not fits or parts.query or parts.fragment or not _URL.fullmatch(value):
            self.problem(f"{name} is not an address", f"{name}={value}", "use http(s)://HOST[:PORT]/PATH, such as …/v1")
        return value

    def key_file(self, name: str) -> str | None:
        """The path of a file that holds a key."""
        value = self.values.get(name)
        try:
            if value is not None:
                read_key(value)
        except BadKeyError as error:
            self.problem(f"{name} holds no key", f"{name}={value}: {error}", "name a file with the key on one line")
        return value

    def price(self, name: str) -> float | None:
        """A price."""
        value = self.values.get(name)
        if value is None or re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,9})?", value):
            return None if value is None else float(value)
        self.problem(f"{name} is no price", f"{name}={value}", "use the price of a million tokens, such as 0.15")
        return None

    def check_model(self) -> None:
        """Nothing of a language model is set without what it needs."""
        given = sorted(name for name in self.values if name in _MODEL)
        missing = [name for name in ("LLM_BASE_URL", "LLM_MODEL") if name not in self.values]
        if given and missing:
            self.problem(
                f"a language model needs {' and '.join(missing)}",
                f"{', '.join(given)} and no {' and no '.join(missing)}",
                "set LLM_BASE_URL and LLM_MODEL, or nothing that begins with LLM_",
            )
        prices = [name for name in ("LLM_PROMPT_PRICE", "LLM_COMPLETION_PRICE") if name in self.values]
        if len(prices) == 1:
            self.problem("a price is missing", f"{prices[0]} alone", "set LLM_PROMPT_PRICE and LLM_COMPLETION_PRICE")
        if "LLM_API_KEY" in self.values:
            self.problem("a key in the environment is not read", "LLM_API_KEY", "put it in a file, LLM_API_KEY_FILE")

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
