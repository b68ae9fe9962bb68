"""A registry on loopback that answers for Docker Hub: a virtual machine is given its port."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from engine.longshore.errors import RefusedError
from sandbox.waiting import wait_until
from tests.emulated.vm import free_ports


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """Its port, for as long as the `with` block lasts."""
    port = free_ports((443,))[443]
    with tempfile.TemporaryDirectory(prefix="longshore-registry-") as folder:
        configuration = Path(folder) / "registry.yml"
        content = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": f"{folder}/data"}},
            "http": {"addr": f"127.0.0.1:{port}"},
        }
        # JSON is YAML.
        configuration.write_text(json.dumps(content))
        process = subprocess.Popen(["docker-registry", "serve", str(configuration)], stdin=subprocess.DEVNULL)
        try:
            wait_until(
                lambda: _answers(port), seconds=60, what="the registry", give_up=lambda: process.poll() is not None
            )
            yield port
        except TimeoutError as error:
            raise RefusedError(
                "emulated: the registry does not answer", found=str(error), fix="read what it said above"
            ) from error
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/v2/", timeout=2):
            return True
    except OSError:
        return False
