"""Up and down: the order in which a sandbox comes to be and goes away."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import docker

from engine.longshore.errors import RefusedError
from sandbox import direct, health, images, leftovers, registry, state
from sandbox.console import phase, say
from sandbox.hypervisor.hosts import ensure_network
from sandbox.lock import Lock, still_starting, take_or_refuse
from sandbox.machine import checks, engine, network
from sandbox.processes import python
from sandbox.settings import CHECKOUT, Settings
from sandbox.waiting import wait_until


def up(settings: Settings) -> None:
    """Bring the sandbox up, or fix the one that is."""
    lock = Lock(settings)
    try:
        if take_or_refuse(lock):
            checks.check(settings)
            left_over = leftovers.published_ports(engine.connect(), settings) if engine.answers() else []
            checks.check_https(settings, left_over, "`HTTPS_PORT=9443 make up`")
            _come_up(settings, lock)
        else:
            _repair(settings, lock)
    finally:
        lock.close()


def _come_up(settings: Settings, lock: Lock) -> None:
    lock.record_holder(os.getpid())
    with phase("Docker engine"):
        client = engine.ensure(settings)
    checks.check_networks(settings.vpc_cidr, leftovers.foreign_ranges(client, settings))
    with phase("leftovers of an earlier sandbox"):
        for what in leftovers.remove_all(client, settings):
            say(f"    removed {what}")
    with (
        phase(f"images: hosts with Debian {settings.debian}, base of the application"),
        ThreadPoolExecutor() as builders,
    ):
        builds = [builders.submit(images.host, client, settings.release), builders.submit(images.app_base, client)]
    for build in builds:
        build.result()
    with phase("processes: AWS API, registry, hypervisor"):
        ensure_network(client, settings, settings.vpc_cidr)
        _start(settings, lock)
        _wait(settings, lock)


def _start(settings: Settings, lock: Lock) -> None:
    plan = settings.state / "plan.json"
    state.write(plan, commands(settings))
    state.forget(settings.state)
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
            env=network.environment_with_no_proxy(settings) | settings.environment() | settings.aws_environment(),
        )
    lock.record_holder(supervisor.pid)


def commands(settings: Settings) -> dict[str, list[str]]:
    """The sandbox's processes. An ACME test server would be one more line."""
    registries = {name: ["docker-registry", "serve", str(path)] for name, path in registry.configure(settings).items()}
    return {
        "aws": python("sandbox.aws"),
        **registries,
        "hypervisor": python("sandbox.hypervisor"),
    }


def _repair(settings: Settings, lock: Lock) -> None:
    holder = lock.holder()
    processes = health.statuses(settings, holder)
    if holder is None or processes is None:
        raise still_starting(holder)
    if not engine.answers():
        with phase("Docker engine, which had ended"):
            _wait_for_first_host(engine.ensure(settings), settings)
    ours = leftovers.published_ports(engine.connect(), settings)
    checks.check_https(settings, ours, "`make down`, then `HTTPS_PORT=9443 make up`")
    if dead := health.ended(processes):
        with phase(f"starting again what died: {', '.join(dead)}"):
            os.kill(holder.pid, signal.SIGHUP)
            _wait(settings, lock)
    else:
        _wait(settings, lock)
        say("==> sandbox is up already")


def _wait_for_first_host(client: docker.DockerClient, settings: Settings) -> None:
    """The hypervisor starts hosts again meanwhile, and one has its port a moment before it counts as running."""

    def runs() -> bool:
        return settings.https_port in leftovers.published_ports(client, settings)

    if health.last_hosts(settings):
        # Where a stranger has the port, the check that follows says so.
        with suppress(TimeoutError):
            wait_until(runs, seconds=10, what="the first host to run")


def _wait(settings: Settings, lock: Lock) -> None:
    """Until everything answers. Raises RefusedError where something died meanwhile, else TimeoutError."""
    answers = {
        "the AWS API": settings.endpoint + "/moto-api/",
        "the registry": f"http://127.0.0.1:{settings.registry_port}/v2/",
        "the mirror": f"http://{settings.gateway}:{settings.registry_port}/v2/",
    }

    def died() -> RefusedError | None:
        return health.died(health.statuses(settings, lock.holder()) or {}, settings.logs)

    wait = partial(wait_until, give_up=lambda: died() is not None)
    try:
        wait_until(lambda: died() is None, seconds=10, what="the supervisor to start what died")
        for what, url in answers.items():
            wait(partial(_responds, url), seconds=30, what=what)
        wait(lambda: health.hypervisor_watches(settings), seconds=30, what="the hypervisor")
    except TimeoutError as error:
        raise died() or error from None


def _responds(url: str) -> bool:
    try:
        direct.get(url, timeout=2).close()
    except OSError:
        return False
    return True


def down(settings: Settings, *, images_too: bool = False) -> None:
    """Stop everything that is the sandbox's and leave nothing of it but, unless they are to go too, its images."""
    lock = Lock(settings)
    try:
        if not take_or_refuse(lock):
            with phase("processes"):
                holder = lock.holder()
                assert holder is not None
                os.kill(holder.pid, signal.SIGTERM)
                wait_until(lock.take, seconds=30, what="the sandbox's processes to stop")
        # An engine that a sandbox started, and that was killed, has hosts and volumes that only an engine can remove.
        if images_too or settings.dockerd_record.exists() or engine.answers():
            _remove(engine.ensure(settings), settings, images_too=images_too)
        else:
            say("==> no Docker engine answers: what the sandbox has in it, the next `make up` removes")
        if engine.stop(settings):
            say("==> Docker engine stopped, as the sandbox had started it")
        settings.lock.unlink(missing_ok=True)
    finally:
        lock.close()


def _remove(client: docker.DockerClient, settings: Settings, *, images_too: bool) -> None:
    with phase("hosts, networks and volumes"):
        for what in leftovers.remove_all(client, settings):
            say(f"    removed {what}")
    if images_too:
        with phase("images of the sandbox"):
            for what in images.remove_ours(client):
                say(f"    {what}")
