"""Host-wide settings, from /etc/longshore/engine.json; every default is written here and nowhere else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .errors import RefusedError
from .planning.model import SLOT_COUNT
from .planning.spec import known_keys

DEFAULT_ROOT = Path("/var/lib/longshore")
DEFAULT_FILE = Path("/etc/longshore/engine.json")
LONGEST_ROOT = 50  # bytes; root/sockets/<replica>/app.sock must fit in sockaddr_un's 108
ROOT = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")  # no character means something to nginx, systemd or a pattern
USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an engine. `name` tells engines that share one Docker apart."""

    root: Path = DEFAULT_ROOT
    proxy_user: str = "www-data"
    app_uid: int = 10001
    slots: int = SLOT_COUNT
    retention: int = 5
    registry_mirrors: tuple[str, ...] = ()
    stop_seconds: int = 35  # above gunicorn's graceful 30, so that Docker never kills a replica that still serves
    name: str = "longshore"

    @classmethod
    def load(cls, file: Path, *, required: bool) -> Settings:
        """Read the file; if it doesn't exist and isn't required, the defaults hold."""
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            if not required:
                return cls()
            raise RefusedError("engine: no settings file", str(file), "name an existing file with --config") from error
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            found = f"{file}, line {error.lineno}: {error.msg}"
            raise RefusedError("engine: settings are not JSON", found, "fix the file") from error
        return cls.checked(value, str(file))

    @classmethod
    def checked(cls, value: Any, source: str) -> Settings:
        """Check the content of a settings file. Raises RefusedError, which names `source`."""
        if not isinstance(value, dict):
            raise RefusedError("engine: settings are not an object", source, "write them as {…}")
        known_keys(value, tuple(field.name for field in fields(cls)), source, area="engine")
        mirrors = value.get("registry_mirrors", [])
        given = {
            **value,
            "root": Path(str(value.get("root", DEFAULT_ROOT))),
            "registry_mirrors": tuple(mirrors) if isinstance(mirrors, list) else (None,),
        }
        settings = cls(**given)
        for key, good, rule in settings._rules():
            if not good:
                found = f"{key} = {json.dumps(value.get(key))} in {source}"
                raise RefusedError("engine: setting is wrong", found, f"{key}: {rule}")
        return settings

    def _rules(self) -> list[tuple[str, bool, str]]:
        root = str(self.root)
        mirrors_good = all(isinstance(url, str) and re.match(r"https?://[^/]", url) for url in self.registry_mirrors)
        return [
            (
                "root",
                bool(ROOT.fullmatch(root)) and len(root) <= LONGEST_ROOT,
                f"an absolute path of letters, digits, . _ and -, up to {LONGEST_ROOT} bytes",
            ),
            ("proxy_user", bool(USER_NAME.fullmatch(str(self.proxy_user))), "the name of nginx's user"),
            ("app_uid", _whole(self.app_uid, 1), "the number of the image's user, not root's"),
            ("slots", _whole(self.slots, 1), "a whole number, as many as nginx lists"),
            ("retention", _whole(self.retention, 2), "2 or more: the release that serves and the one before"),
            (
                "stop_seconds",
                _whole(self.stop_seconds, 1),
                "a whole number of seconds, above the graceful time of the image",
            ),
            ("registry_mirrors", mirrors_good, "a list of http:// or https:// addresses"),
            (
                "name",
                bool(re.fullmatch(r"[a-z][a-z0-9-]{0,30}", str(self.name))),
                "lower-case letters, digits, hyphens",
            ),
        ]


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
