"""What emulation needs of this machine: Debian packages, and `qemu-user` for programs of another architecture."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from engine.longshore.errors import RefusedError
from sandbox.console import phase

# A command, and the Debian package that brings it.
_BOTH = {"mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs", "ssh": "openssh-client", "git": "git"}
_QEMU = {"x86_64": "qemu-system-x86", "aarch64": "qemu-system-arm"}
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
# /usr/sbin is not on everyone's PATH.
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def require(machine: str) -> None:
    """Have what emulates a machine, x86_64 or aarch64, and makes its root file system. Only for root."""
    if os.geteuid() != 0:
        raise RefusedError(
            "emulated: only root may make a root file system of another machine",
            found=f"user id {os.geteuid()}",
            fix="run the command again with sudo",
        )
    wanted = {**_BOTH, f"qemu-system-{machine}": _QEMU[machine]}
    if machine != platform.machine():
        # mmdebstrap asks arch-test whether the other architecture's programs run.
        foreign = {f"qemu-{machine}-static": "qemu-user-static", "update-binfmts": "binfmt-support"}
        wanted |= {**foreign, "arch-test": "arch-test"}
    missing = [package for command, package in wanted.items() if shutil.which(command, path=_PATH) is None]
    if not _KEYRING.exists():
        missing.append("debian-archive-keyring")
    if missing:
        _install(missing)
    if machine != platform.machine():
        _enable_binfmt(machine)


def _install(packages: list[str]) -> None:
    if shutil.which("apt-get") is None:
        raise RefusedError(
            "emulated: packages are missing, and this is not a Debian system",
            found="no apt-get",
            fix=f"install what brings the commands of these Debian packages: {' '.join(packages)}",
        )
    # Run level 1 keeps SysV scripts from starting services where there is no systemd to ask.
    environment = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qy", "--no-install-recommends", *packages]
    with phase(f"installing {' '.join(packages)}"):
        for command in (["apt-get", "update", "-q"], install):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1800)
            if done.returncode != 0:
                raise RefusedError(
                    "emulated: packages could not be installed",
                    found=" / ".join((done.stderr or done.stdout).strip().splitlines()[-3:]),
                    fix=f"run it by hand: {' '.join(command)}",
                )


def _enable_binfmt(machine: str) -> None:
    """Have the kernel hand the machine's programs to qemu-user, in containers and chroots too."""
    if not (_BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(_BINFMT)], check=False, capture_output=True)
    name = f"qemu-{machine}"
    done = subprocess.run(["update-binfmts", "--enable", name], check=False, capture_output=True, text=True)
    entry = _BINFMT / name
    if not entry.exists() or not entry.read_text().startswith("enabled"):
        raise RefusedError(
            f"emulated: the kernel does not run programs for {machine} by qemu-user",
            found=done.stderr.strip() or f"no {entry}",
            fix=f"mount {_BINFMT} and run `update-binfmts --enable {name}`, where the kernel has binfmt_misc",
        )
