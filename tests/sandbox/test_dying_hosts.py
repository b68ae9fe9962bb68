"""Hosts that end as soon as they boot: named within seconds, and `make up` ends instead of waiting for their SSH."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import docker
import pytest

from engine.longshore.errors import RefusedError
from sandbox import health, images, leftovers, site, state
from sandbox.hypervisor.__main__ import Loop
from sandbox.hypervisor.hosts import Hosts
from sandbox.hypervisor.reconcile import Instance
from sandbox.settings import CHECKOUT, Settings
from tests.unit.sandbox.test_hypervisor import Account
from tests.unit.sandbox.test_reconcile import WEB_1

INIT = """ARG BASE
FROM $BASE
RUN printf '#!/bin/sh\\necho Failed to allocate manager object >&2\\nexit 255\\n' > /sbin/init && chmod 755 /sbin/init
"""
# Ansible as it waits for a host: until it is interrupted.
ANSIBLE = """#!/bin/sh
trap 'echo interrupted > {folder}/ended; exit 99' INT
while :; do sleep 0.1; done
"""


class Images:
    """The same image whatever is asked for."""

    def __init__(self, tag: str) -> None:
        self.tag = tag

    def get(self, _release: str) -> str:
        return self.tag


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    name = f"longshore-test-{secrets.token_hex(3)}"
    range_ = IPv4Network(f"10.214.{secrets.randbelow(256)}.0/24")
    made = Settings(name=name, state=tmp_path, lock=tmp_path / "lock", vpc_cidr=range_)
    yield made
    client = docker.from_env()
    list(leftovers.remove_all(client, made))
    client.close()


@pytest.fixture
def loop(settings: Settings) -> Iterator[Any]:
    """A hypervisor with one instance, whose image's first process fails as systemd does."""
    client = docker.from_env()
    tag = images._built(client, images.Recipe("test", {"Dockerfile": INIT.encode()}), "bookworm")
    account: Any = Account()
    account.listed = [instance(settings)]
    yield Loop(account, Hosts(client, settings), Images(tag), settings)  # type: ignore[arg-type]
    list(leftovers.remove_all(client, settings))
    client.images.remove(tag)
    client.close()


def instance(settings: Settings) -> Instance:
    """An instance in the range of the settings, which has no published port."""
    return replace(WEB_1, name="app", address=IPv4Address(settings.vpc_cidr[4]), network=settings.vpc_cidr)


def test_make_up_stops_and_names_host_exit_code_and_last_output(
    settings: Settings, loop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.lock.write_text(f'{{"checkout": "{CHECKOUT}", "pid": {os.getpid()}, "since": ""}}\n')
    state.write(tmp_path / "processes.json", {"supervisor": os.getpid(), "since": "", "processes": {}})
    for _ in range(20):
        loop.round()
        if health.problem(settings):
            break
        time.sleep(0.2)
    ansible = tmp_path / "ansible-playbook"
    ansible.write_text(ANSIBLE.format(folder=tmp_path))
    ansible.chmod(0o755)
    monkeypatch.setattr(site.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RefusedError) as refused:
        site._playbook("longshore.app.site", settings)
    assert str(refused.value) == (
        "sandbox: a host does not boot\n"
        "  found: app exited with 255 right after boot, 2 times; last output: "
        "Failed to allocate manager object / Failed to allocate manager object\n"
        f"  fix: see `docker logs {settings.name}-i-1`, then `make down` and `make up`"
    )
    assert (tmp_path / "ended").read_text() == "interrupted\n"
