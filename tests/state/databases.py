"""Databases of the tests' own: SQLite in a folder, and a PostgreSQL server that only a unix socket leads to."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# Debian puts a server's programs where no PATH leads.
_PROGRAMS = Path("/usr/lib/postgresql")
USER = "postgres"
# For speed, and without loss: what is tested here is not what a power cut does to PostgreSQL.
_SETTINGS = {"listen_addresses": "", "fsync": "off", "max_connections": "60", "shared_buffers": "32MB"}


class Postgres:
    """A server with its own cluster, which the user postgres owns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._programs = _installed()
        shutil.chown(folder, USER, USER)
        self._run("initdb", "--pgdata", str(self._data), "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
        self.start()

    def url(self, database: str, template: str = "template1") -> str:
        """How the application is told of a database, which is made here if it is new."""
        with psycopg.connect(self._conninfo(USER), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
        log, options = str(self.folder / "log"), f"{options} -c unix_socket_directories='{self.folder}'"
        self._run("pg_ctl", "--pgdata", str(self._data), "--log", log, "--options", options, "--wait", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._run("pg_ctl", "--pgdata", str(self._data), "--mode", "immediate", "--wait", "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that is there and does not answer."""
        main = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=True)
        processes = [main, *map(int, listed.stdout.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def execute(self, statement: str, database: str = USER) -> None:
        """Have the server do something."""
        with psycopg.connect(self._conninfo(database), autocommit=True) as connection:
            connection.execute(statement)

    def _conninfo(self, database: str) -> str:
        return f"host={self.folder} user={USER} dbname={database}"

    def _run(self, program: str, *arguments: str) -> None:
        command = ["runuser", "-u", USER, "--", str(self._programs / program), *arguments]
        # Not captured: the server would hold the pipe open.
        with (self.folder / f"{program}.out").open("w") as out:
            subprocess.run(command, cwd=self.folder, check=True, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


def _installed() -> Path:
    """Where the server's programs are; Debian's package is installed if they are not there."""
    if not list(_PROGRAMS.glob("*/bin/initdb")):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # The package would start a server of its own; ours are made here.
        for command in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", "-qq", *command], env=environ, check=True)
    return max(_PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
