#!/usr/bin/python3 -E
"""Creates, dumps and restores the application's database on this host: `longshore-database COMMAND`.

Runs as the server's own user, whom the server recognizes by the socket, and so is for root and for the dump's timer.
Errors are three lines on stderr, before anything is changed; the result is one JSON object.
"""

# ruff: noqa: S608  (names in statements are the role's settings, which its preflight has checked)

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Path("/etc/longshore/database.json")
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}-[0-9]{8}T[0-9]{6}Z\.dump")
SPARE_BYTES = 64 * 1024 * 1024


class RefusedError(Exception):
    """An error as an operator reads it: what is wrong, what was found, how to fix it."""

    def __init__(self, wrong: str, found: str, fix: str) -> None:
        super().__init__(f"database: {wrong}\n  found: {found}\n  fix: {fix}")


class Database:
    """The database named in the settings."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.name: str = settings["database"]
        self.owner: str = settings["owner"]
        self.folder = Path(settings["folder"])
        self.days: int = settings["days"]

    def ensure(self, *, check: bool) -> dict[str, Any]:
        """Create the owner, who has no other rights, and the database, where they are missing."""
        wanted = {
            f"role {self.owner}": (
                f"SELECT 1 FROM pg_roles WHERE rolname = '{self.owner}'",
                f'CREATE ROLE "{self.owner}" LOGIN',
            ),
            f"database {self.name}": (
                f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'",
                self._creation(self.name),
            ),
        }
        made = [what for what, (there, _) in wanted.items() if not query(there)]
        for what in made if not check else []:
            query(wanted[what][1])
        return {"changed": bool(made), "made": made}

    def dump(self, *, check: bool) -> dict[str, Any]:
        """Dump the whole database to a file, read that back completely, and remove dumps that are too old."""
        if check:
            return {"changed": True, "dump": None, "bytes": None, "removed": []}
        moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")  # noqa: UP017  (any Python of Debian 12 on)
        done = self.folder / f"{self.name}-{moment}.dump"
        part = done.with_suffix(".part")
        with self._alone():
            for left in self.folder.glob("*.part"):  # left by a dump that was killed
                left.unlink()
            try:
                run("pg_dump", "--format=custom", f"--file={part}", self.name)
                tables(part)
                run("pg_restore", "--file=/dev/null", str(part))
                with part.open("rb") as written:
                    os.fsync(written.fileno())
                part.rename(done)
            finally:
                part.unlink(missing_ok=True)
            removed = self._forget_old(done)
        return {"changed": True, "dump": done.name, "bytes": done.stat().st_size, "removed": removed}

    def restore(self, name: str | None, *, check: bool) -> dict[str, Any]:
        """Restore a dump: to a new database first, which then replaces the one in use."""
        dump = self._chosen(name)
        wanted = tables(dump)
        if not wanted:
            raise RefusedError("the dump contains no table", str(dump), "name another one")
        kept, new = (f"{self.name}_{word}_{int(time.time())}" for word in ("before", "restored"))
        old = kept if self._exists(self.name) else None
        self._room()
        if check:
            return {"changed": True, "dump": dump.name, "rows": {}, "kept": old}
        with self._alone():
            query(self._creation(new))
            try:
                options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
                run("pg_restore", *options, f"--role={self.owner}", f"--dbname={new}", str(dump))
                query("ANALYZE", new)
                rows = {table: int(query(f"SELECT count(*) FROM {table}", new)) for table in wanted}
                self._swap(new, old)
            except BaseException:
                query(f'DROP DATABASE IF EXISTS "{new}" WITH (FORCE)')
                raise
        return {"changed": True, "dump": dump.name, "rows": rows, "kept": old}

    def forget(self, *, check: bool) -> dict[str, Any]:
        """Delete the databases that restores have replaced."""
        pattern = f"^{self.name}_before_[0-9]+$"
        kept = query(f"SELECT datname FROM pg_database WHERE datname ~ '{pattern}' ORDER BY 1").split()
        for name in kept if not check else []:
            query(f'DROP DATABASE "{name}" WITH (FORCE)')
        return {"changed": bool(kept), "removed": kept}

    def dumps(self) -> list[str]:
        """The names of all dumps, oldest first: names contain the time."""
        return sorted(path.name for path in self.folder.glob("*.dump") if NAME.fullmatch(path.name))

    def _chosen(self, name: str | None) -> Path:
        dumps = self.dumps()
        if not dumps:
            raise RefusedError(
                "there is no dump to restore", str(self.folder), "copy one there, or create one with backup.yml"
            )
        if name is not None and name not in dumps:
            raise RefusedError("there is no such dump", f"{name} in {self.folder}", f"name one of: {', '.join(dumps)}")
        return self.folder / (name or dumps[-1])

    def _swap(self, new: str, kept: str | None) -> None:
        """Both renames or none. Meanwhile the database in use refuses new clients and disconnects the others."""
        if kept is None:
            query(f'ALTER DATABASE "{new}" RENAME TO "{self.name}"')
            return
        query(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        try:
            leave = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{self.name}'"
            rename = f'ALTER DATABASE "{self.name}" RENAME TO "{kept}"; ALTER DATABASE "{new}" RENAME TO "{self.name}"'
            query(leave)
            query(f"BEGIN; {rename}; COMMIT")
        except BaseException:
            query(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')
            raise

    def _room(self) -> None:
        """Raise RefusedError if a second database of this size would not fit."""
        if not self._exists(self.name):
            return
        size = int(query(f"SELECT pg_database_size('{self.name}')"))
        free = shutil.disk_usage(query("SHOW data_directory")).free
        if free < size + SPARE_BYTES:
            found = f"{free >> 20} MiB are free, and the database has {size >> 20} MiB"
            fix = "free space, or give the host a larger disk"
            raise RefusedError("no disk space for a second database", found, fix)

    def _exists(self, name: str) -> bool:
        return bool(query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))

    def _creation(self, name: str) -> str:
        # Not the host's locale, which it may lack: the same order and encoding everywhere.
        return f"CREATE DATABASE \"{name}\" OWNER \"{self.owner}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"

    def _forget_old(self, newest: Path) -> list[str]:
        """Remove dumps that are older than the retention, but never the newest."""
        limit = time.time() - self.days * 86400
        paths = [self.folder / name for name in self.dumps()]
        old = [path for path in paths if path != newest and path.stat().st_mtime < limit]
        for path in old:
            path.unlink()
        return [path.name for path in old]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fix = "wait for it: `systemctl status postgresql-dump`, `pgrep -af longshore-database`"
                raise RefusedError("another dump or restore is running", str(self.folder), fix) from None
            yield


def tables(dump: Path) -> list[str]:
    """The tables in a dump, quoted for SQL."""
    listing = run("pg_restore", "--list", str(dump))
    found = re.findall(r"^\d+;.* TABLE (\S+) (\S+) \S+$", listing, re.MULTILINE)
    return [f'"{schema}"."{table}"' for schema, table in found]


def query(sql: str, database: str = "postgres") -> str:
    """The result of a statement as text. Raises RefusedError."""
    return run("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "-d", database,
               "-c", sql).strip()  # fmt: skip


def run(*command: str) -> str:
    """A program's output. Raises RefusedError with its last line of errors."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        fix = "see `systemctl status 'postgresql@*'`, /var/log/postgresql and the free disk space"
        raise RefusedError(f"{command[0]} failed", f"exit code {done.returncode}: {said}", fix)
    return done.stdout


def become_server_user() -> None:
    """Change from root to the user that owns the cluster. Raises RefusedError."""
    user = pwd.getpwnam("postgres")
    if os.geteuid() not in {0, user.pw_uid}:
        raise RefusedError("only root may do this", f"user {os.geteuid()}", "run it with sudo")
    if os.geteuid() == 0:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.umask(0o077)
    os.chdir("/")
    os.environ |= {"HOME": user.pw_dir, "USER": user.pw_name, "LC_ALL": "C.UTF-8"}


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser("longshore-database", description="The application's database on this host.")
    parser.add_argument("--check", action="store_true", help="report what would be done, and change nothing")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("ensure", help="create the database and its owner where they are missing")
    commands.add_parser("dump", help="dump it now")
    commands.add_parser("list", help="list the dumps")
    commands.add_parser("restore", help="restore a dump").add_argument("dump", nargs="?", help="the newest by default")
    commands.add_parser("forget", help="delete the databases that restores have replaced")
    given = parser.parse_args()
    try:
        database = Database(json.loads(SETTINGS.read_text(encoding="utf-8")))
        become_server_user()
        if given.command == "list":
            answer: dict[str, Any] = {"changed": False, "dumps": database.dumps()}
        elif given.command == "restore":
            answer = database.restore(given.dump, check=given.check)
        else:
            answer = getattr(database, given.command)(check=given.check)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
