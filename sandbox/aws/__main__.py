"""The AWS API: moto's server on loopback, with its differences from AWS fixed here and nowhere else.

Run as `python -m sandbox.aws`. State is in memory; a restart is an empty account. What is fixed, and why:

- Images: moto's list has no Debian for arm64; `amis.json` has Debian 12 and 13, under their real owner.
- Tags of Elastic IPs are kept under the type `vpc-elastic-ip`, which no client asks for; AWS says `elastic-ip`.
- Automatic public addresses are random ones of Amazon's real range. Here they are of TEST-NET-3 (RFC 5737), which no
  network routes, so a client that used one would reach nobody.
- A start leaves LaunchTime as it was, where AWS renews it; and a reboot leaves no trace at all, so that the hypervisor
  could not see it. Here its time is in StateTransitionReason.
- One request at a time: an instance is never found by one client before another's call has tagged it.
"""

import logging
import os
import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox import settings
from sandbox.aws import REBOOTED

# moto reads these when it is imported.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).with_name("amis.json"))
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.ec2 import utils
from moto.ec2.models import elastic_network_interfaces
from moto.ec2.models.instances import Instance
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple


def fix() -> None:
    """Change moto in the ways that the module's docstring lists."""
    utils.EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"
    # The module has its own reference to this function of moto.ec2.utils.
    vars(elastic_network_interfaces)["random_public_ip"] = lambda: f"203.0.113.{random.randint(1, 254)}"  # noqa: S311

    moto_start, moto_reboot = Instance.start, Instance.reboot

    def start(self: Instance) -> Any:
        was_running = self.is_running()
        previous = moto_start(self)
        if not was_running:
            self.launch_time = datetime.now(UTC)
        return previous

    def reboot(self: Instance) -> None:
        moto_reboot(self)
        self._reason = REBOOTED + datetime.now(UTC).isoformat()

    Instance.start = start  # type: ignore[method-assign]
    Instance.reboot = reboot  # type: ignore[method-assign]


def serialize_requests(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers one request before it looks at the next."""
    lock = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with lock:
            return application(environ, start_response)

    return answer


if __name__ == "__main__":
    fix()
    # A line for each request, of which the hypervisor makes two a second, would hide what matters.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    os.environ["MOTO_PORT"] = str(settings.load().api_port)
    run_simple(
        "127.0.0.1",
        settings.load().api_port,
        serialize_requests(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
