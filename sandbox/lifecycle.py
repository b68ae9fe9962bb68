"""Up and down: the order in which a sandbox comes to be and goes away."""

import os
import signal
import subprocess
import sys
from functools import partial
from urllib.error import URLError
from urllib.request import urlopen

import docker

from sandbox import engine, images, leftovers, machine_checks, registry, state
from sandbox.console import phase, say
from sandbox.hypervisor.hosts import ensure_network
from sandbox.lock import Lock, take_or_refuse
from sandbox.processes import python
from sandbox.settings import CHECKOUT, Settings
from sandbox.waiting import wait_until


def up(settings: Settings) -> None:
    """Bring the sandbox up, or mend the one that is."""
    lock = Lock(settings)
    try:
        if take_or_refuse(lock):
            machine_checks.check(settings, _left_over_ports(settings))
            _come_up(settings, lock)
        else:
            _mend(settings)
    finally:
        lock.close()


def _left_over_ports(settings: Settings) -> list[int]:
    return leftovers.published_ports(engine.connect(), settings) if _engine_answers() else []


def _come_up(settings: Settings, lock: Lock) -> None:
    lock.say_holder(os.getpid())
    with phase("Docker engine"):
        client = engine.ensure(settings)
    with phase("leftovers of an earlier sandbox"):
        for what in leftovers.remove_all(client, settings):
            say(f"    removed {what}")
    with phase("image of the hosts"):
        image = images.host(client)
    with phase("processes: AWS API, registry, hypervisor"):
        ensure_network(client, settings, settings.vpc_cidr)
        _start(settings, lock, image)
        _wait(settings)


def _start(settings: Settings, lock: Lock, image: str) -> None:
    plan = settings.state / "plan.json"
    state.write(plan, commands(settings, image))
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            python("sandbox.processes", str(plan)),
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[lock.descriptor],
            env={**os.environ, **settings.environment(), **settings.aws_environment()},
        )
    lock.say_holder(supervisor.pid)


def commands(settings: Settings, image: str) -> dict[str, list[str]]:
    """The sandbox's processes. An ACME test server would be one more line."""
    registries = {name: ["docker-registry", "serve", str(path)] for name, path in registry.configure(settings).items()}
    return {
        "aws": python("sandbox.aws"),
        **registries,
        "hypervisor": python("sandbox.hypervisor", image),
    }


def _mend(settings: Settings) -> None:
    report = state.read(settings.state / "processes.json")
    dead = [name for name, status in report["processes"].items() if status["pid"] is None]
    if not dead:
        say("==> sandbox is up already")
        return
    with phase(f"starting again what died: {', '.join(dead)}"):
        os.kill(report["supervisor"], signal.SIGHUP)
        trouble = settings.state / "problem"
        wait_until(lambda: not trouble.exists(), seconds=10, what="the supervisor to start what died")
        _wait(settings)


def _wait(settings: Settings) -> None:
    """Until everything answers; what died meanwhile is the answer."""
    trouble = settings.state / "problem"
    answers = {
        "the AWS API": settings.endpoint + "/moto-api/",
        "the registry": f"http://127.0.0.1:{settings.registry_port}/v2/",
        "the mirror": f"http://{settings.gateway}:{settings.registry_port}/v2/",
    }
    try:
        for what, url in answers.items():
            wait_until(partial(_responds, url), seconds=30, what=what, give_up=trouble.exists)
        hosts = settings.state / "hosts.json"
        wait_until(hosts.exists, seconds=30, what="the hypervisor", give_up=trouble.exists)
    except TimeoutError as error:
        text = trouble.read_text() if trouble.exists() else f"sandbox: {error}\n"
        sys.exit(text.rstrip())


def _responds(url: str) -> bool:
    try:
        urlopen(url, timeout=2).close()  # noqa: S310 - the URLs above
    except (URLError, OSError):
        return False
    return True


def down(settings: Settings) -> None:
    """Stop everything that is the sandbox's and leave nothing of it."""
    lock = Lock(settings)
    try:
        if not take_or_refuse(lock):
            with phase("processes"):
                holder = lock.holder()
                assert holder is not None
                os.kill(holder.pid, signal.SIGTERM)
                wait_until(lock.take, seconds=30, what="the sandbox's processes to stop")
        if _engine_answers():
            with phase("hosts, networks and volumes"):
                for what in leftovers.remove_all(engine.connect(), settings):
                    say(f"    removed {what}")
        if engine.stop(settings):
            say("==> Docker engine stopped, as the sandbox had started it")
        settings.lock.unlink(missing_ok=True)
    finally:
        lock.close()


def _engine_answers() -> bool:
    try:
        engine.connect().close()
    except docker.errors.DockerException:
        return False
    return True
