"""Root file systems of virtual machines: Debian by `mmdebstrap`, with a kernel and a key that opens root's SSH.

What this machine's own network needs to reach Debian and Python's packages goes in too: apt sources, certificate
authorities, proxies and pip's settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.longshore.errors import RefusedError
from sandbox.console import phase
from sandbox.machine import network
from sandbox.settings import CHECKOUT

CACHE = CHECKOUT / ".cache" / "emulated"
PAGE = CHECKOUT / "docs" / "emulated.md"
DISK = "20G"
# qemu's user network answers for the name servers of this machine there.
NAME_SERVER = "10.0.2.3"
_BUILD_SECONDS = 3600
_DEBIAN = """\
deb http://deb.debian.org/debian {suite} main
deb http://deb.debian.org/debian {suite}-updates main
deb http://deb.debian.org/debian-security {suite}-security main
"""
_PACKAGES = (
    "dbus", "iproute2", "libpam-systemd", "openssh-server", "procps", "python3", "sudo",
    "systemd-sysv", "udev",
)  # fmt: skip
_NETWORK = "[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n"
# Made once, so that a change below is not taken for an image that is there.
_FILES = {
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/resolv.conf": f"nameserver {NAME_SERVER}\n",
    "etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
    # As Debian's installer and its cloud images have it.
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/systemd/network/10-user.network": _NETWORK,
    "etc/ssh/sshd_config.d/10-root.conf": "PermitRootLogin prohibit-password\n",
}


@dataclass(frozen=True)
class Debian:
    """What a virtual machine is to be: a release of Debian for an architecture, as Debian names both."""

    suite: str
    architecture: str
    hostname: str
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class RootImage:
    """A folder with a root file system and what it takes to boot it and to log in."""

    folder: Path

    @property
    def disk(self) -> Path:
        """The raw ext4 file system, to be copied and not to be booted."""
        return self.folder / "root.ext4"

    @property
    def kernel(self) -> Path:
        """The file system's own kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """And its initial RAM disk."""
        return self.folder / "initrd"

    @property
    def key(self) -> Path:
        """The private key of root."""
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The key of the host, under the name `emulated`."""
        return self.folder / "known_hosts"


def make(wanted: Debian) -> RootImage:
    """The image for a recipe; made where there is none yet. Raises RefusedError where Debian cannot be installed."""
    needed = _network_files()
    recipe = json.dumps([wanted.__dict__, _PACKAGES, _FILES, needed, DISK, _sources(wanted.suite)], sort_keys=True)
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    folder = CACHE / f"{wanted.suite}-{wanted.architecture}-{digest}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with (
            phase(f"root file system: {wanted.suite}, {wanted.architecture}"),
            tempfile.TemporaryDirectory(prefix="making-", dir=CACHE) as scratch,
        ):
            made = Path(scratch) / "image"
            made.mkdir()
            _build(wanted, needed, Path(scratch) / "root", RootImage(made))
            made.rename(folder)
    return RootImage(folder)


def _build(wanted: Debian, needed: dict[str, str], root: Path, image: RootImage) -> None:
    packages = [*_PACKAGES, *wanted.packages, f"linux-image-cloud-{wanted.architecture}"]
    _run(
        "Debian could not be installed with mmdebstrap",
        "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--architectures={wanted.architecture}",
        f"--include={','.join(packages)}", "--dpkgopt=force-unsafe-io", wanted.suite, str(root), "-",
        text=_sources(wanted.suite),
    )  # fmt: skip
    files = {**_FILES, **needed, "etc/hostname": f"{wanted.hostname}\n"}
    _run(
        "no SSH key could be made",
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        "emulated",
        "-f",
        str(image.key),
    )
    files["root/.ssh/authorized_keys"] = image.key.with_suffix(".pub").read_text()
    for path, content in files.items():
        target = root / path
        # A link, as /etc/resolv.conf may be one, would be followed out of the new root.
        target.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    (root / "root/.ssh").chmod(0o700)
    _run("the network could not be enabled", "systemctl", f"--root={root}", "enable", "systemd-networkd", "ssh")
    host_key = (root / "etc/ssh/ssh_host_ed25519_key.pub").read_text()
    image.known_hosts.write_text(f"emulated {host_key}")
    for name, target in (("vmlinuz", image.kernel), ("initrd.img", image.initrd)):
        (newest,) = sorted((root / "boot").glob(f"{name}-*"))[-1:]
        shutil.copyfile(newest, target)
    _run("the file system could not be made", "mke2fs", "-q", "-t", "ext4", "-d", str(root), str(image.disk), DISK)


def _network_files() -> dict[str, str]:
    """Path in the root -> what this machine's network needs there."""
    bundle = str(network.bundle())
    files = {f"usr/local/share/ca-certificates/{name}": pem for name, pem in network.read_authorities().items()}
    if proxy := network.read_apt_proxy():
        files["etc/apt/apt.conf.d/90machine-proxy"] = proxy
    pip = Path("/etc/pip.conf")
    if pip.is_file():
        files["etc/pip.conf"] = pip.read_text()
    # Which bundle to read, and where packages are: programs with a bundle of their own would know neither.
    kept = {
        name: str(network.BUNDLE) if value == bundle else value
        for name, value in os.environ.items()
        if value == bundle
        or re.fullmatch(r"(?i)(https?|no)_proxy|PIP_(EXTRA_)?INDEX_URL|PIP_DEFAULT_TIMEOUT|UV_.*INDEX.*", name)
    }
    if kept:
        # Read by PAM for each session, SSH's among them.
        files["etc/environment"] = "".join(f"{name}={value}\n" for name, value in sorted(kept.items()))
    return files


def _sources(suite: str) -> str:
    """This machine's apt sources, for another release of Debian."""
    return network.read_sources(suite) or _DEBIAN.format(suite=suite)


def _run(wrong: str, *command: str, text: str | None = None) -> None:
    """Run a command for building; raises RefusedError with its last lines."""
    environment = {
        **os.environ,
        "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    done = subprocess.run(
        command, input=text, env=environment, capture_output=True, text=True, check=False, timeout=_BUILD_SECONDS
    )
    if done.returncode != 0:
        raise RefusedError(
            f"emulated: {wrong}",
            found=" / ".join((done.stderr or done.stdout).strip().splitlines()[-3:]),
            fix=f"run it by hand to see all of it: {' '.join(command)}",
        )
