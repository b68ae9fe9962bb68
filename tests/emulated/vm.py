"""A virtual machine under `qemu-system`, without hardware virtualisation: booted, spoken to over SSH, shut down.

Its network is qemu's user network: it reaches what this machine reaches, and from here it is reached through forwarded
ports of loopback.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

from engine.longshore.errors import RefusedError
from sandbox.console import phase, say
from sandbox.settings import CHECKOUT
from sandbox.waiting import wait_until
from tests.emulated.root_image import RootImage

SSH = 22
BOOT_SECONDS = 900
SHUTDOWN_SECONDS = 300
# Debian's architecture -> qemu's name, and how it is emulated.
_HARDWARE = {
    "amd64": ("x86_64", "ttyS0", ["-cpu", "max"]),
    # The cores of a t4g.
    "arm64": ("aarch64", "ttyAMA0", ["-M", "virt", "-cpu", "neoverse-n1"]),
}


def machine(architecture: str) -> str:
    """The architecture as the kernel and qemu name it."""
    return _HARDWARE[architecture][0]


@dataclass
class VirtualMachine:
    """Runs for as long as the `with` block lasts. Its disk is a file of its own."""

    image: RootImage
    architecture: str
    disk: Path
    memory_mib: int
    # Ports of the machine that are forwarded besides SSH; after the start, to which ports here.
    serves: tuple[int, ...] = ()
    ports: dict[int, int] = field(default_factory=dict)
    # From the start to the first answer over SSH.
    boot_seconds: float = 0

    @property
    def console(self) -> Path:
        """What its kernel and its services print."""
        return self.disk.with_suffix(".console.log")

    def __enter__(self) -> VirtualMachine:
        # As an interrupt does: the `with` block is left, and with it the virtual machine ends.
        signal.signal(signal.SIGTERM, _interrupt)
        self.ports = free_ports((SSH, *self.serves))
        self._qemu = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            with phase(f"booting {machine(self.architecture)} under emulation"):
                self._wait_for_ssh()
                # Not while the root file system was made: run by qemu-user, its many small programs take minutes.
                self.read("! command -v update-ca-certificates || update-ca-certificates")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._qemu.poll() is None and not isinstance(error, KeyboardInterrupt):
                self._power_off()
        finally:
            self._end()

    def new_disk(self) -> VirtualMachine:
        """Give it a fresh disk, a copy of the image's, which takes the place only of what was written."""
        self.disk.parent.mkdir(parents=True, exist_ok=True)
        # Another's that still runs keeps its file.
        self.disk.unlink(missing_ok=True)
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", self.image.disk, self.disk], check=True)
        return self

    def start(self, command: str, *, seconds: float) -> subprocess.Popen[str]:
        """Start a shell command as root, its output to be read, errors included. Ends with 124 after the given time."""
        limited = ["timeout", "--kill-after=10", f"{seconds:.0f}", *self._ssh(command)]
        return subprocess.Popen(
            limited, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def read(self, command: str, *, seconds: float = 300) -> str:
        """What a shell command prints; raises RefusedError where it fails or takes longer."""
        try:
            done = subprocess.run(
                self._ssh(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise _too_long(command, seconds) from error
        if done.returncode != 0:
            raise RefusedError(
                f"emulated: `{command}` failed in the virtual machine",
                found=" / ".join(f"{done.stdout}\n{done.stderr}".strip().splitlines()[-3:])
                or f"exit {done.returncode}",
                fix=f"read its console: {self.console}",
            )
        return done.stdout.strip()

    @contextlib.contextmanager
    def sharing(self, port: int) -> Iterator[None]:
        """Have a port of this machine's loopback under the same address there, while the `with` block lasts."""
        forward = f"{port}:127.0.0.1:{port}"
        command = ["ssh", *self._options("-p"), "-o", "ExitOnForwardFailure=yes", "-R", forward, "root@127.0.0.1"]
        # It says that the port is there, and ends with its input.
        with subprocess.Popen([*command, "echo && cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tunnel:
            assert tunnel.stdin is not None
            assert tunnel.stdout is not None
            try:
                if not tunnel.stdout.readline():
                    raise RefusedError(
                        "emulated: a port of this machine could not be shared with the virtual machine",
                        found=f"ssh ended with {tunnel.wait(30)}",
                        fix="read what it said above",
                    )
                yield
            finally:
                tunnel.terminate()

    def clone(self, folder: str) -> str:
        """Check the commit at hand out there, history included; its abbreviated hash."""
        bundle = self.disk.with_suffix(".bundle")
        for command in (
            ["git", "-C", str(CHECKOUT), "bundle", "create", "--quiet", str(bundle), "HEAD"],
            ["scp", "-q", *self._options("-P"), str(bundle), "root@127.0.0.1:/tmp/checkout.bundle"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
            if done.returncode != 0:
                raise RefusedError(
                    "emulated: the commit at hand could not be copied into the virtual machine",
                    found=" / ".join(done.stderr.strip().splitlines()[-3:]),
                    fix=f"run it by hand: {' '.join(command)}",
                )
        self.read(f"git init --quiet {folder} && cd {folder} && git fetch --quiet /tmp/checkout.bundle HEAD"
                  " && git checkout --quiet --force --detach FETCH_HEAD")  # fmt: skip
        return self.read(f"git -C {folder} rev-parse --short HEAD")

    def _command(self) -> list[str]:
        qemu, console, hardware = _HARDWARE[self.architecture]
        forwarded = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in self.ports.items())
        # Should this process be killed, the kernel ends qemu.
        return [
            "setpriv", "--pdeathsig", "TERM", f"qemu-system-{qemu}", *hardware, "-accel", "tcg,thread=multi",
            "-smp", "2", "-m", str(self.memory_mib), "-display", "none", "-monitor", "none", "-no-reboot",
            "-serial", f"file:{self.console}",
            "-kernel", str(self.image.kernel), "-initrd", str(self.image.initrd),
            "-append", f"root=/dev/vda rw console={console} panic=5",
            "-drive", f"file={self.disk},format=raw,if=virtio,cache=unsafe,discard=unmap",
            "-netdev", f"user,id=user{forwarded}", "-device", "virtio-net-pci,netdev=user,romfile=",
            "-device", "virtio-rng-pci",
        ]  # fmt: skip

    def _options(self, port: str) -> list[str]:
        settings = {
            "BatchMode": "yes", "StrictHostKeyChecking": "yes", "HostKeyAlias": "emulated", "ConnectTimeout": "20",
            "UserKnownHostsFile": str(self.image.known_hosts), "IdentitiesOnly": "yes", "LogLevel": "ERROR",
            "ServerAliveInterval": "30", "ServerAliveCountMax": "20",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        return ["-F", "/dev/null", *options, "-i", str(self.image.key), port, str(self.ports[SSH])]

    def _ssh(self, command: str) -> list[str]:
        return ["ssh", *self._options("-p"), "root@127.0.0.1", command]

    def _wait_for_ssh(self) -> None:
        began = time.monotonic()

        def answers() -> bool:
            # qemu accepts before anything in the machine does, so that only an answer counts.
            done = subprocess.run(self._ssh("true"), stdin=subprocess.DEVNULL, capture_output=True, check=False)
            return done.returncode == 0

        try:
            wait_until(
                answers,
                seconds=BOOT_SECONDS,
                what="SSH of the virtual machine",
                give_up=lambda: self._qemu.poll() is not None,
            )
        except TimeoutError as error:
            raise RefusedError(
                "emulated: the virtual machine does not answer over SSH",
                found=self._last_words() or str(error),
                fix=f"read its console: {self.console}",
            ) from error
        self.boot_seconds = time.monotonic() - began

    def _last_words(self) -> str:
        """What qemu said if it ended, or else the end of the console."""
        if self._qemu.poll() is not None and self._qemu.stderr is not None:
            return self._qemu.stderr.read().strip()
        printed = self.console.read_text(errors="replace") if self.console.exists() else ""
        return " / ".join(line.strip() for line in printed.splitlines()[-3:])

    def _power_off(self) -> None:
        # The connection may end before the command does.
        subprocess.run(
            self._ssh("systemctl poweroff"), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120
        )
        try:
            self._qemu.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"    it was still shutting down after {SHUTDOWN_SECONDS} s, and is ended")

    def _end(self) -> None:
        if self._qemu.poll() is None:
            self._qemu.terminate()
            try:
                self._qemu.wait(30)
            except subprocess.TimeoutExpired:
                self._qemu.kill()
                self._qemu.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _too_long(command: str, seconds: float) -> RefusedError:
    return RefusedError(
        "emulated: a command in the virtual machine takes too long",
        found=f"{command}: still running after {seconds:.0f} s",
        fix="run it when this machine is less busy, or give it more time with --seconds",
    )


def free_ports(wanted: tuple[int, ...]) -> dict[int, int]:
    """A free port of loopback for each; held until all are found, so that they differ."""
    held = [socket.socket() for _ in wanted]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return {port: one.getsockname()[1] for port, one in zip(wanted, held, strict=True)}
    finally:
        for one in held:
            one.close()
