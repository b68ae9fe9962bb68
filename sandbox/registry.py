"""The stand-in for Docker Hub: Debian's docker-registry, twice over one storage.

One on loopback takes what `make push` sends. One on the gateway, the machine's address as hosts see it, is read-only:
hosts pull through it as a mirror, and nothing that runs on a host can change an image. Neither caches descriptions of
blobs, so that the reader sees a push at once.
"""

import json
from pathlib import Path

from sandbox.settings import Settings


def configure(settings: Settings) -> dict[str, Path]:
    """Write the configuration of both: name of the process -> its file."""
    settings.state.mkdir(parents=True, exist_ok=True)
    addresses = {"registry": "127.0.0.1", "mirror": str(settings.gateway)}
    return {
        name: _write(settings, name, f"{address}:{settings.registry_port}", read_only=name == "mirror")
        for name, address in addresses.items()
    }


def _write(settings: Settings, name: str, address: str, *, read_only: bool) -> Path:
    maintenance = {"uploadpurging": {"enabled": False}, "readonly": {"enabled": read_only}}
    configuration = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(settings.state / "registry")},
            "delete": {"enabled": True},
            "maintenance": maintenance,
        },
        "http": {"addr": address},
    }
    path = settings.state / f"{name}.yml"
    # JSON is YAML.
    path.write_text(json.dumps(configuration, indent=2) + "\n")
    return path
