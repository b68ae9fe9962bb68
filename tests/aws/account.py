"""An account to provision into, and an environment in it, as the tests' fixtures hand them out."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

PROJECT = Path(__file__).resolve().parents[2]
SERVER = Path(__file__).with_name("account_server.py")
REGION = "us-east-1"


class Account:
    """A running server with one account."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        with log.open("wb") as output:
            self._server = subprocess.Popen([sys.executable, SERVER, str(self.port)], stdout=output, stderr=output)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self._server.poll() is None, "the server ended while starting"
                assert time.monotonic() < deadline, "the server did not start within 60 s"
                time.sleep(0.1)

    def reset(self) -> None:
        """Make it an empty account."""
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")).close()

    def stop(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait(timeout=20)

    def client(self, service: str) -> Any:
        """A client that looks into the account by other means than Ansible's."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@dataclass(frozen=True)
class Run:
    """What an Ansible command said and how it ended."""

    code: int
    output: str

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts."""
        return sum(int(count) for count in re.findall(r"changed=(\d+)", self.output.rpartition("PLAY RECAP")[2]))

    def refused(self, *lines: str) -> None:
        """Assert that exactly these lines were said, one below the other, and that the run failed."""
        assert self.code != 0, self.output
        assert "\n".join(lines) + "\n" in self.output, self.output

    def succeeded(self) -> Run:
        """Assert that the run ended well."""
        assert self.code == 0, self.output
        return self


class Environment:
    """A copy of one of the project's inventories, under a name of the test's own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.name = folder.name
        self.folder = folder
        self.state = folder.parent.parent / ".longshore" / self.name
        shutil.copytree(PROJECT / "inventory" / kind, folder)
        for hosts in folder.glob("*aws_ec2.yml"):
            hosts.write_text(hosts.read_text().replace(f"Environment: {kind}", f"Environment: {self.name}"))

    @classmethod
    def at(cls, folder: Path, endpoint: str) -> Environment:
        """The sandbox's, with another stand-in for AWS."""
        made = cls("sandbox", folder)
        made.rewrite("environment.yml", {"endpoint": endpoint}, drop=["health_module"])
        made.rewrite("hosts.aws_ec2.yml", {"endpoint_url": endpoint})
        # The instances have no machine behind them: a host is this one.
        made.rewrite("group_vars/web.yml", {"ansible_connection": "local"})
        # Nor is there a registry: nothing listens at the discard port.
        made.rewrite("group_vars/all.yml", {"release_initial_image": "127.0.0.1:9/acme/agents:1"})
        return made

    def rewrite(self, file: str, settings: dict[str, object], drop: list[str] | None = None) -> None:
        """Set and drop keys of one of the folder's files."""
        path = self.folder / file
        content = {**yaml.safe_load(path.read_text()), **settings}
        path.write_text(yaml.safe_dump({key: value for key, value in content.items() if key not in (drop or [])}))

    def play(self, playbook: str, *arguments: str, **environment: str) -> Run:
        """Run one of the project's playbooks."""
        return self.run("ansible-playbook", f"longshore.app.{playbook}", *arguments, **environment)

    def run(self, command: str, *arguments: str, **environment: str) -> Run:
        """Run an Ansible command as an operator would, with nothing at hand to answer a prompt."""
        plain = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default", "COLUMNS": "200"}
        result = subprocess.run(
            [Path(sys.executable).with_name(command), "-i", self.folder, *arguments],
            cwd=PROJECT,
            env={**os.environ, **plain, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(result.returncode, result.stdout)

    def forget(self) -> None:
        """Remove its key and pins from this machine."""
        shutil.rmtree(self.state, ignore_errors=True)
