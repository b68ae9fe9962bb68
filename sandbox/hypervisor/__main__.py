"""The hypervisor's loop: `python -m sandbox.hypervisor IMAGE`.

Reads the API and Docker twice a second (0.02 s each), decides, acts, and writes what it sees to `hosts.json`. An API
that does not answer is a reason to wait, never to touch a host.
"""

import logging
import os
import sys
import time
from collections.abc import Sequence

import docker
from botocore.exceptions import BotoCoreError, ClientError
from docker.errors import DockerException
from requests.exceptions import RequestException

from sandbox import settings, state
from sandbox.hypervisor.account import Account
from sandbox.hypervisor.hosts import Hosts
from sandbox.hypervisor.reconcile import GONE, Action, Create, Host, Instance, Reboot, Remove, Start, Stop, reconcile
from sandbox.refusal import Refusal

INTERVAL = 0.5
# A failure is said once, and tried again after this long.
RETRY_SECONDS = 10

log = logging.getLogger("hypervisor")


class Loop:
    """One round after another; remembers only what was said last, not to say it twice a second."""

    def __init__(self, endpoint: str, hosts: Hosts, current: settings.Settings) -> None:
        self._account = Account(endpoint)
        self._hosts = hosts
        self._settings = current
        self._said = ""
        self._failures: dict[str, str] = {}
        self._retry_at: dict[str, float] = {}

    def round(self) -> None:
        """Make the hosts like the instances, once."""
        try:
            instances = self._account.instances()
            hosts = self._hosts.seen()
        except (BotoCoreError, ClientError, DockerException, RequestException) as error:
            self._say(f"waiting, nothing is touched: {error}")
            return
        self._say("watching")
        actions = reconcile(instances, hosts, self._settings.https_port)
        for action in actions:
            self._act(action)
        for gone in self._failures.keys() - {instance.id for instance in instances if instance.state not in GONE}:
            del self._failures[gone]
        self._publish(instances, self._hosts.seen() if actions else hosts)

    def _act(self, action: Action) -> None:
        subject = action.instance.id if isinstance(action, Create) else action.instance_id
        started = time.monotonic()
        if started < self._retry_at.get(subject, 0):
            return
        try:
            self._do(action)
        except (BotoCoreError, ClientError, DockerException, RequestException, ValueError) as error:
            # An APIError's own text has the container's number in it, which is new with each attempt.
            reason = str(getattr(error, "explanation", None) or error)
            if self._failures.get(subject) != reason:
                log.error("%s %s failed: %s", type(action).__name__.lower(), subject, reason)
            self._failures[subject] = reason
            self._retry_at[subject] = started + RETRY_SECONDS
            return
        self._failures.pop(subject, None)
        log.info("%s %s: %.1f s", type(action).__name__.lower(), subject, time.monotonic() - started)

    def _do(self, action: Action) -> None:
        match action:
            case Create(instance, _):
                key = self._account.public_key(instance.key_name)
                self._hosts.create(action, key, self._account.user_data(instance.id))
            case Start(instance_id):
                self._hosts.start(instance_id)
            case Stop(instance_id):
                self._hosts.stop(instance_id)
            case Reboot(instance_id):
                self._hosts.reboot(instance_id)
            case Remove(instance_id):
                self._hosts.remove(instance_id)

    def _publish(self, instances: Sequence[Instance], hosts: Sequence[Host]) -> None:
        known = {instance.id: instance for instance in instances}
        report = [
            {
                "instance": host.instance_id,
                "name": known[host.instance_id].name,
                "address": str(known[host.instance_id].address),
                "running": host.running,
                "https_port": host.https_port,
            }
            for host in hosts
            if host.instance_id in known
        ]
        state.write(self._settings.state / "hosts.json", {"hosts": report, "failures": self._failures})

    def _say(self, line: str) -> None:
        if line != self._said:
            log.info(line)
            self._said = line


def main() -> int:
    """Run until killed; 1 if the API is not one to be acted for."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    current = settings.load()
    try:
        loop = Loop(os.environ["AWS_ENDPOINT_URL"], Hosts(docker.from_env(timeout=120), current, sys.argv[1]), current)
        while True:
            loop.round()
            time.sleep(INTERVAL)
    except Refusal as refusal:
        log.error("%s", refusal)
        return 1


if __name__ == "__main__":
    sys.exit(main())
