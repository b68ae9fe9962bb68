"""A fresh Debian 13 with cgroup v2, which runs a command, such as `make up`, in a clone of the commit at hand.

What came of it is written to docs/emulated.md, a section for each command.
"""

from __future__ import annotations

import argparse
import re
import sys
import time

from engine.longshore.errors import RefusedError
from tests.bench import report
from tests.emulated import packages, root_image, vm
from tests.emulated.root_image import CACHE, PAGE, Debian

# What a person needs to clone the repository and to type `make`; all else is for `make` to install.
DEBIAN = Debian("trixie", "amd64", "debian13", ("ca-certificates", "git", "make"))
MEMORY_MIB = 6000
CLONE = "/root/longshore"
LIMIT_SECONDS = 4 * 3600
FACTS = {
    "system": ". /etc/os-release; echo $PRETTY_NAME, Linux $(uname -r)",
    "control groups": "stat -fc %T /sys/fs/cgroup",
    "Docker": "docker version --format '{{.Server.Version}}' 2>/dev/null || echo none",
    "memory in use": 'free -m | awk \'/^Mem:/ {print $3, "of", $2, "MiB"}\'',
}
# Lines that say how far it came: phases and their times, who serves, the sums of Ansible and pytest, and refusals.
TELLING = re.compile(
    r"==> |    \S.*: [\d.]+ s$|    it answers|\S+ serves |\S+\s+: ok="
    r"|=+ .*(passed|failed|error)|(FAILED|ERROR) |  (found|fix): "
)


def _follow(machine: vm.VirtualMachine, command: str, seconds: float) -> tuple[int, list[str]]:
    """Run it, its output here as it comes; its exit status, and the lines that tell how far it came."""
    told, last = list[str](), list[str]()
    process = machine.start(f"cd {CLONE} && {{ {command}; }}", seconds=seconds)
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            last = [*last[-9:], line.rstrip()]
            if TELLING.match(line):
                told.append(line.rstrip())
    # Of one that failed, the last words too: they may say what none of those lines does.
    return process.returncode, told if process.returncode == 0 else [*told, "…", *last]


def main() -> int:
    """Boot, run, write the section; the command's exit status."""
    options = argparse.ArgumentParser(prog="python -m tests.emulated.machine", description=__doc__)
    options.add_argument("command", nargs="?", default="make up", help="shell command, run as root in the clone")
    options.add_argument("--kept", action="store_true", help="boot the disk of the last run instead of a fresh one")
    options.add_argument("--seconds", type=int, default=LIMIT_SECONDS, help="the command's limit")
    wanted = options.parse_args()
    packages.require(vm.machine(DEBIAN.architecture))
    image = root_image.make(DEBIAN)
    machine = vm.VirtualMachine(image, DEBIAN.architecture, CACHE / "machine" / "disk.ext4", MEMORY_MIB)
    if not wanted.kept or not machine.disk.exists():
        machine.new_disk()
    with machine:
        commit = machine.clone(CLONE)
        began = time.monotonic()
        code, told = _follow(machine, wanted.command, wanted.seconds)
        minutes = (time.monotonic() - began) / 60
        outcome = "succeeded" if code == 0 else f"failed, exit {code}"
        rows = [
            ["commit", commit],
            ["disk", "of the run before" if wanted.kept else "fresh"],
            ["boot to SSH", f"{machine.boot_seconds:.0f} s"],
            ["outcome", f"**{outcome}** after {minutes:.0f} min"],
            *([name, machine.read(command)] for name, command in FACTS.items()),
        ]
    body = report.table(["", ""], rows)
    if told:
        body += "\n\n```text\n" + "\n".join(told) + "\n```"
    name = re.sub(r"\W+", "-", wanted.command).strip("-")
    report.write(f"machine-{name}", f"`{wanted.command}` in Debian 13", body, PAGE)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RefusedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("emulated: interrupted; the virtual machine was ended")
