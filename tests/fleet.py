"""The hosts of an environment, found as Ansible finds them and reached as an operator reaches them."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import kept

ROOT = Path(__file__).resolve().parent.parent
SANDBOX = ROOT / "inventory" / "sandbox"
AUTHORITY = str(ROOT / ".longshore" / "sandbox" / "ca" / "ca.pem")


@dataclass(frozen=True)
class Host:
    """One application host and how SSH reaches it."""

    name: str
    address: str
    user: str
    ssh_arguments: tuple[str, ...]

    @property
    def url(self) -> str:
        """The host's own HTTPS address."""
        return f"https://{self.address}"

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command on the host over SSH; its output is text."""
        line = ["ssh", "-o", "BatchMode=yes", *self.ssh_arguments, f"{self.user}@{self.address}", command]
        return subprocess.run(line, capture_output=True, text=True, check=check, timeout=120)

    def longshore(self, arguments: str) -> dict[str, object]:
        """Run the engine's command on the host and read its JSON."""
        answer: dict[str, object] = json.loads(self.run(f"sudo longshore {arguments} --json", check=False).stdout)
        return answer


@dataclass(frozen=True)
class Run:
    """What a playbook run said and how it ended."""

    code: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        """Changed tasks for each host of the recap."""
        recap = self.output.rpartition("PLAY RECAP")[2]
        return {host: int(count) for host, count in re.findall(r"^(\S+)\s*:.*?changed=(\d+)", recap, re.MULTILINE)}


def tool(name: str) -> str:
    """The path of a command of the virtual environment that runs the tests."""
    return str(Path(sys.executable).parent / name)


def playbook(name: str, *arguments: str, inventory: Path = SANDBOX, timeout: float = 900) -> Run:
    """Run a playbook exactly as the README says, and keep what it printed."""
    command = [tool("ansible-playbook"), "-i", str(inventory), f"longshore.app.{name}", *arguments]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True, timeout=timeout,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    print("$", shlex.join(command[2:]), done.stdout, sep="\n")
    if done.returncode and name == "site":
        # No test wants that: it ends a fixture, and with it the hosts.
        kept.keep(f"site-{inventory.name}")
    return Run(done.returncode, done.stdout)


@functools.cache
def serve() -> None:
    """Have the sandbox serve the application as `make up` does, by the same command; once for all who ask."""
    command = [sys.executable, "-m", "sandbox", "site"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        kept.keep("site-sandbox")
        raise RuntimeError(f"the sandbox does not serve the application:\n{done.stdout}")


def hosts(inventory: Path = SANDBOX) -> list[Host]:
    """The application hosts of an environment, by name. Raises RuntimeError where it finds none."""
    command = [tool("ansible-inventory"), "-i", str(inventory), "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"the inventory {inventory} cannot be read:\n{done.stderr}")
    # What an inventory source said is marked as not to be templated, by an object of this one key.
    listing = json.loads(done.stdout, object_hook=lambda value: value.get("__ansible_unsafe", value))
    names = sorted(listing.get("web", {}).get("hosts", []))
    if not names:
        raise RuntimeError(f"no application host in {inventory}: run `make up` first")
    return [_host(name, listing["_meta"]["hostvars"][name]) for name in names]


def _host(name: str, variables: dict[str, str]) -> Host:
    """The same key and pins that the inventory names in templates, which `ansible-inventory` does not fill in."""
    state = variables["environment_state"]
    pins = ("-o", f"UserKnownHostsFile={state}/known_hosts", "-o", f"HostKeyAlias={variables['ec2_instance_id']}")
    arguments = ("-o", "StrictHostKeyChecking=yes", *pins, "-i", f"{state}/id_ed25519")
    return Host(name, variables["ec2_private_ip_address"], "admin", arguments)
