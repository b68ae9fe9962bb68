"""The hypervisor's loop: `python -m sandbox.hypervisor`.

Reads the API and Docker once a second (0.02 s each), decides, acts, and writes what it sees to `hosts.json`. An API
that does not answer is a reason to wait, never to touch a host.
"""

import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docker
from botocore.exceptions import BotoCoreError, ClientError
from docker.errors import DockerException
from requests.exceptions import RequestException

from engine.longshore.errors import RefusedError
from sandbox import settings, state
from sandbox.hypervisor.account import Account
from sandbox.hypervisor.boots import Boots
from sandbox.hypervisor.hosts import Hosts
from sandbox.hypervisor.images import HostImages
from sandbox.hypervisor.reconcile import Action, Create, Host, Instance, Reboot, Remove, Start, Stop, reconcile
from sandbox.machine import ports

INTERVAL = 1.0
# A failure is logged once and retried after this many seconds.
RETRY_SECONDS = 10

log = logging.getLogger("hypervisor")


@dataclass(frozen=True)
class Failure:
    """What could not be done for an instance."""

    reason: str
    retry_at: float
    # Whether it was retried: a failure that a retry fixes is not reported.
    again: bool


class Loop:
    """One round after another; remembers what failed, and what was said last, not to say it each second."""

    def __init__(self, account: Account, hosts: Hosts, images: HostImages, current: settings.Settings) -> None:
        self._account = account
        self._hosts = hosts
        self._images = images
        self._settings = current
        self._said = ""
        self._seen: list[dict[str, Any]] = []
        self._failures: dict[str, Failure] = {}
        self._boots = Boots()

    def round(self) -> None:
        """Make the hosts like the instances, once."""
        try:
            instances = self._account.instances()
        except (BotoCoreError, ClientError) as error:
            self._say(f"waiting, nothing is touched: {error}")
            return
        now = datetime.now(UTC)
        try:
            hosts = self._hosts.found()
            self._boots.watch(hosts, now)
            self._say("watching")
            if actions := reconcile(instances, hosts, self._settings.https_port):
                for action in actions:
                    if not (isinstance(action, Start) and self._boots.too_soon(action, now)):
                        self._act(subject(action), action)
                hosts = self._hosts.found()
                self._boots.watch(hosts, now)
            dying = self._dying(instances)
        except (DockerException, RequestException) as error:
            self._say(f"waiting, nothing is touched: {error}")
            self._publish(docker=words(error))
            return
        open_ = {subject(action) for action in actions}
        self._failures = {instance: failure for instance, failure in self._failures.items() if instance in open_}
        self._seen = report(instances, hosts)
        self._publish(dying=dying)

    def _dying(self, instances: Sequence[Instance]) -> dict[str, str]:
        names = {instance.id: instance.name for instance in instances}
        return {
            instance: f"{names.get(instance) or instance} exited with {dying.exit_code} right after boot, "
            f"{dying.boots} times; last output: {self._hosts.last_output(instance)}"
            for instance, dying in self._boots.for_good().items()
        }

    def _act(self, instance_id: str, action: Action) -> None:
        started = time.monotonic()
        failure = self._failures.get(instance_id)
        if failure and started < failure.retry_at:
            return
        try:
            if not self._do(action):
                return
        except (BotoCoreError, ClientError, DockerException, RefusedError, RequestException, ValueError) as error:
            reason = f"{type(action).__name__.lower()} failed: {words(error)}"
            if failure is None or failure.reason != reason:
                log.error("%s: %s", instance_id, reason)
            self._failures[instance_id] = Failure(reason, started + RETRY_SECONDS, again=failure is not None)
            return
        self._failures.pop(instance_id, None)
        log.info("%s %s: %.1f s", type(action).__name__.lower(), instance_id, time.monotonic() - started)

    def _do(self, action: Action) -> bool:
        """Act; False where that has to wait for another round."""
        match action:
            case Create(instance, port):
                if (image := self._image(instance)) is None:
                    return False
                if port and ports.in_use(port) and port not in {host.https_port for host in self._hosts.found()}:
                    # The host works without it: the port is only a convenience.
                    log.warning("%s is not published: port %s is in use: %s", instance.id, port, ports.holder(port))
                    action = Create(instance, None)
                key = self._account.public_key(instance.key_name)
                self._hosts.create(action, image, key, self._account.user_data(instance.id))
            case Start(instance_id):
                self._hosts.start(instance_id)
            case Stop(instance_id):
                self._hosts.stop(instance_id)
            case Reboot(instance_id):
                self._hosts.reboot(instance_id)
            case Remove(instance_id):
                self._hosts.remove(instance_id)
        return True

    def _image(self, instance: Instance) -> str | None:
        if not instance.release:
            known = " and ".join(settings.RELEASES.values())
            raise ValueError(f"its image is none of Debian {known}, which hosts of the sandbox can have")
        image = self._images.get(instance.release)
        if image is None:
            self._say(f"building the image of hosts with Debian {instance.release}")
        return image

    def _publish(self, docker: str = "", dying: Mapping[str, str] | None = None) -> None:
        failures = {instance: failure.reason for instance, failure in self._failures.items() if failure.again}
        content = {"hosts": self._seen, "failures": failures, "dying": dying or {}, "docker": docker}
        state.write(self._settings.state / "hosts.json", content)

    def _say(self, line: str) -> None:
        if line != self._said:
            log.info(line)
            self._said = line


def subject(action: Action) -> str:
    """The instance that an action is for."""
    return action.instance.id if isinstance(action, Create) else action.instance_id


def words(error: Exception) -> str:
    """What went wrong, in one line."""
    # An APIError's own text has the container's number in it, which is new with each attempt.
    return " ".join(str(getattr(error, "explanation", None) or error).split())


def report(instances: Sequence[Instance], hosts: Sequence[Host]) -> list[dict[str, Any]]:
    """The hosts as `hosts.json` has them."""
    known = {instance.id: instance for instance in instances}
    return [
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


def main() -> int:
    """Run until killed; 1 if the API is not one to be acted for."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    current = settings.load()
    try:
        account = Account(os.environ["AWS_ENDPOINT_URL"])
        client = docker.from_env(timeout=120)
        loop = Loop(account, Hosts(client, current), HostImages(client), current)
        while True:
            loop.round()
            time.sleep(INTERVAL)
    except RefusedError as refusal:
        log.error("%s", refusal)
        return 1


if __name__ == "__main__":
    sys.exit(main())
