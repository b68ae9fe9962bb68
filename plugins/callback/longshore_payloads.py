"""What Ansible packs for a module is kept from run to run."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import importlib.metadata
import importlib.util
import io
import marshal
import os
import shutil
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.executor import module_common
from ansible.plugins import callback

DOCUMENTATION = r"""
name: longshore_payloads
type: aggregate
short_description: Keeps from run to run what is packed for a module
description:
  - A module travels to its host as a zip file of its source and that of all it imports, its payload. Ansible packs it
    once a run.
  - Keeps payloads in a folder C(payloads) below Ansible's home, until Python, Ansible or a file they are of changes.
  - What is kept holds byte code beside each source, so that a host with the controller's version of Python does not
    compile at each task.
  - Python reads a payload from its standard input, byte by byte where C(PYTHONUNBUFFERED) is set. Modules that run on
    the controller do without that variable.
requirements:
  - enabled by C(callbacks_enabled)
"""

# They carry no types.
config: Any = constants
CallbackBase: Any = callback.CallbackBase
Payload: Any = module_common._CachedModule

KEPT_SECONDS = 7 * 24 * 3600
# PEP 552: the source's hash is in the file, and is never compared.
UNCHECKED_HASH = (1).to_bytes(4, "little")
# As Ansible names a payload whose compression is usual and that nobody debugs.
USUAL = "-ZIP_DEFLATED-none"


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Prints nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "longshore_payloads"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Let the run find what was kept, as if it had packed it itself, and this machine read it quickly."""
        os.environ.pop("PYTHONUNBUFFERED", None)
        self._kept = Path(config.config.get_config_value("ANSIBLE_HOME")) / "payloads" / state()
        self._own = Path(config.DEFAULT_LOCAL_TMP) / "ansiballz_cache"
        self._own.mkdir(exist_ok=True)
        for payload in self._kept.glob(f"*{USUAL}"):
            # There already, after another playbook of the same run.
            with suppress(FileExistsError):
                (self._own / payload.name).symlink_to(payload)
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Keep what this run has packed."""
        packed = [path for path in self._own.glob(f"*{USUAL}") if not path.is_symlink() and is_known(path.name)]
        self._kept.mkdir(parents=True, exist_ok=True)
        os.utime(self._kept)
        forget(self._kept.parent)
        for path in packed:
            # Put there at once and whole: another run may be at the same.
            new = self._kept / f"{path.name}-{os.getpid()}"
            compiled(Payload.load(str(path))).dump(str(new))
            new.rename(self._kept / path.name)
        super().v2_playbook_on_stats(stats)


def compiled(payload: Any) -> Any:
    """The same payload with byte code beside each source. A host whose Python is another version takes the source."""
    buffer = io.BytesIO(base64.b64decode(payload.zip_data))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as packed:
        for name in packed.namelist():
            packed.writestr(f"{name}c", byte_code(packed.read(name), name))
    return dataclasses.replace(payload, zip_data=base64.b64encode(buffer.getvalue()))


@functools.cache
def byte_code(source: bytes, name: str) -> bytes:
    """What Python would keep of a source; most are in every payload."""
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(compile(source, name, "exec", dont_inherit=True))


def state() -> str:
    """A name for all that payloads are made of: versions of Python and packages, files of no package, and this file."""
    packages = [f"{name} {importlib.metadata.version(name)}" for name in ("ansible-core", "ansible")]
    folders = [*config.DEFAULT_MODULE_PATH, *config.DEFAULT_MODULE_UTILS_PATH, *config.COLLECTIONS_PATHS]
    files = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    stamps = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in [Path(__file__), *files]]
    return hashlib.sha256("\n".join([sys.version, *packages, *stamps]).encode()).hexdigest()[:16]


def is_known(name: str) -> bool:
    """Whether `state` tells when this payload's module changes: one from a role's own folder is packed in every run."""
    module = name.removesuffix(USUAL)
    if not module.startswith("ansible.legacy."):
        return True
    file = f"{module.removeprefix('ansible.legacy.')}.py"
    return any((Path(folder) / file).exists() for folder in config.DEFAULT_MODULE_PATH)


def forget(folder: Path) -> None:
    """Remove what no run has used for long."""
    for kept in folder.iterdir():
        if kept.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(kept, ignore_errors=True)
