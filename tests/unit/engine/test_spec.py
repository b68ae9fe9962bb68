"""Is each mistake in a spec refused in three lines that name it?"""

# ruff: noqa: ISC004  (pairs of a mistake and its text, each text on its own lines)

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.longshore.errors import RefusedError
from engine.longshore.planning.model import Service
from engine.longshore.planning.reference import Reference
from engine.longshore.planning.spec import parse

GOOD: dict[str, Any] = {"image": "docker.io/acme/agents:1.0.0", "services": {"planner": {"replicas": 2}}}
KEYS = "replicas, memory_mb, environment, ready_path, ready_seconds, drain_seconds, command, mounts"


def service(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "services": {"planner": {"replicas": 2, **changes}}}


def test_defaults_are_filled_in() -> None:
    spec = parse(json.dumps(GOOD), "test")
    assert str(spec.image) == "docker.io/acme/agents:1.0.0"
    assert spec.services == {"planner": Service(replicas=2)}


def test_every_key_is_read() -> None:
    given = {
        "replicas": 3,
        "memory_mb": 128,
        "environment": {"A": "1"},
        "ready_path": "/ok",
        "ready_seconds": 5,
        "drain_seconds": 0,
        "command": ["run", "it"],
        "mounts": [{"source": "/srv/data", "target": "/data", "read_only": True}],
    }
    read = parse(json.dumps({**GOOD, "services": {"planner": given}}), "test").services["planner"]
    assert read.to_json() == given
    assert Service.from_json(read.to_json()) == read


def mounted(**changes: Any) -> dict[str, Any]:
    return service(mounts=[{"source": "/srv/data", "target": "/data", **changes}])


ABSOLUTE = (
    "spec: services.planner.mounts[0].{} is not an absolute path\n  found: {}\n"
    '  fix: write it from the root, without "..", "//" or a "/" at its end, like /srv/data'
)
TAKEN = {
    "/run/app": "/run/app",
    "/run/app/app.sock": "/run/app",
    "/run/proxy": "/run/proxy",
    "/run": "/run/app",
    "/": "/run/app",
    "/tmp": "/tmp",
    "/tmp/x": "/tmp",
    "/proc/sys": "/proc",
}
DOCKER = {
    "/var/run/docker.sock": "/run/docker.sock",
    "/run/docker.sock": "/run/docker.sock",
    "/run/containerd": "/run/containerd/containerd.sock",
    "/var/run": "/run/docker.sock",
    "/": "/run/docker.sock",
}


def taken(target: str, own: str) -> str:
    return (
        f"spec: services.planner.mounts[0].target is reserved\n  found: {target}\n"
        f"  fix: choose another, like /data: each container has a {own} of its own"
    )


def given_away(source: str, socket: str) -> str:
    return (
        "spec: services.planner.mounts[0].source exposes a control socket of Docker\n"
        f"  found: {source} is or holds {socket}\n"
        "  fix: mount a path of the application's own: with that socket a replica is root on the host"
    )


MISTAKES: list[tuple[object, str]] = [
    (
        service(replica=2),
        f"spec: unknown key in services.planner\n  found: 'replica'\n  fix: did you mean `replicas`? known: {KEYS}",
    ),
    (
        {**GOOD, "imagee": "x"},
        "spec: unknown key in spec\n  found: 'imagee'\n  fix: did you mean `image`? known: image, services",
    ),
    (service(zzz=1), f"spec: unknown key in services.planner\n  found: 'zzz'\n  fix: known: {KEYS}"),
    ({"image": "a:1"}, "spec: spec lacks `services`\n  found: image\n  fix: add `services` to spec"),
    ({}, "spec: spec lacks `image`\n  found: no key at all\n  fix: add `image` to spec"),
    (
        {**GOOD, "services": {"planner": {"memory_mb": 64}}},
        "spec: services.planner lacks `replicas`\n  found: memory_mb\n  fix: add `replicas` to services.planner",
    ),
    (
        service(replicas=0),
        "spec: services.planner.replicas is out of range\n  found: 0\n  fix: a whole number, 1 to 12",
    ),
    (
        service(replicas=-3),
        "spec: services.planner.replicas is out of range\n  found: -3\n  fix: a whole number, 1 to 12",
    ),
    (
        service(replicas=13),
        "spec: services.planner.replicas is out of range\n  found: 13\n  fix: a whole number, 1 to 12",
    ),
    (
        service(replicas="2"),
        'spec: services.planner.replicas is out of range\n  found: "2"\n  fix: a whole number, 1 to 12',
    ),
    (
        service(replicas=True),
        "spec: services.planner.replicas is out of range\n  found: true\n  fix: a whole number, 1 to 12",
    ),
    (
        service(environment={"PORT": 80}),
        "spec: services.planner.environment.PORT is not a string\n  found: a JSON number\n"
        '  fix: put it in quotes: "PORT": "…"',
    ),
    (
        service(environment={"BIND": "x"}),
        "spec: services.planner.environment sets a variable of the engine\n  found: BIND\n"
        "  fix: leave it out: the engine sets it for each replica",
    ),
    (
        service(environment={"A B": "x"}),
        "spec: not a variable name in services.planner.environment\n  found: 'A B'\n  fix: use letters, digits and _",
    ),
    (
        service(command="run it"),
        'spec: services.planner.command is not a list of strings\n  found: "run it"\n'
        '  fix: give a list of strings, like ["gunicorn", "app:create_app()"], or null for the image\'s own',
    ),
    (
        service(ready_path="readyz"),
        "spec: services.planner.ready_path is not a path\n  found: 'readyz'\n  fix: write it like \"/readyz\"",
    ),
    (
        {**GOOD, "services": {"Planner": {"replicas": 1}}},
        "spec: not a service name\n  found: 'Planner'\n"
        "  fix: use 1 to 24 lower-case letters, digits and hyphens, beginning with a letter",
    ),
    ({**GOOD, "services": {}}, "spec: no service to release\n  found: services: {}\n  fix: name at least one service"),
    (
        service(mounts={"source": "/a", "target": "/b"}),
        'spec: services.planner.mounts is not a list\n  found: {"source": "/a", "target": "/b"}\n'
        '  fix: give a list, like [{"source": "/srv/data", "target": "/data", "read_only": false}]',
    ),
    (
        service(mounts=["/a:/b"]),
        'spec: services.planner.mounts[0] is not an object\n  found: "/a:/b"\n  fix: write it as {…}',
    ),
    (
        mounted(readonly=True),
        "spec: unknown key in services.planner.mounts[0]\n  found: 'readonly'\n"
        "  fix: did you mean `read_only`? known: source, target, read_only",
    ),
    (
        service(mounts=[{"source": "/srv/data"}]),
        "spec: services.planner.mounts[0] lacks `target`\n  found: source\n"
        "  fix: add `target` to services.planner.mounts[0]",
    ),
    (
        mounted(read_only="yes"),
        'spec: services.planner.mounts[0].read_only is not true or false\n  found: "yes"\n  fix: write true or false',
    ),
    (mounted(source="data"), ABSOLUTE.format("source", "'data'")),
    (mounted(source="/srv/../data"), ABSOLUTE.format("source", "'/srv/../data'")),
    (mounted(source="/srv//data"), ABSOLUTE.format("source", "'/srv//data'")),
    (mounted(target="/data/"), ABSOLUTE.format("target", "'/data/'")),
    (mounted(target="/da\0ta"), ABSOLUTE.format("target", r"'/da\x00ta'")),
    (mounted(target=""), ABSOLUTE.format("target", "''")),
    (
        mounted(source=1),
        "spec: services.planner.mounts[0].source is not a string\n  found: 1\n  fix: put it in quotes",
    ),
    (
        service(mounts=[{"source": "/a", "target": "/data"}, {"source": "/b", "target": "/data", "read_only": True}]),
        "spec: services.planner.mounts has the same target twice\n  found: /a at /data, /b at /data read-only\n"
        "  fix: give each mount a target of its own",
    ),
    *((mounted(target=target), taken(target, own)) for target, own in TAKEN.items()),
    *((mounted(source=source), given_away(source, socket)) for source, socket in DOCKER.items()),
    ([], "spec: spec is not an object\n  found: []\n  fix: write it as {…}"),
    ({**GOOD, "image": 1}, "spec: image is not a string\n  found: 1\n  fix: put it in quotes"),
    (
        {**GOOD, "image": "docker.io/acme/agents"},
        "release: image has neither tag nor digest\n  found: docker.io/acme/agents\n"
        "  fix: write it like docker.io/you/agents:1.0.0, or with its digest @sha256:…",
    ),
]


@pytest.mark.parametrize(("spec", "text"), MISTAKES)
def test_a_mistake_is_refused_with_this_text(spec: object, text: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        parse(json.dumps(spec), "test")
    assert str(refusal.value) == text


@pytest.mark.parametrize("target", ["/data", "/run/postgresql", "/tmpfiles", "/runaway"])
def test_a_target_that_resembles_a_reserved_one_is_allowed(target: str) -> None:
    assert parse(json.dumps(mounted(target=target)), "test").services["planner"].mounts[0].target == target


def test_the_order_of_mounts_does_not_matter() -> None:
    two = [{"source": "/a", "target": "/x"}, {"source": "/b", "target": "/y", "read_only": True}]
    one, other = (parse(json.dumps(service(mounts=order)), "test").services["planner"] for order in (two, two[::-1]))
    assert one == other


def test_an_environment_value_is_never_shown() -> None:
    with pytest.raises(RefusedError) as refusal:
        parse(json.dumps(service(environment={"TOKEN": ["hunter2"]})), "test")
    assert "hunter2" not in str(refusal.value)


def test_a_json_error_is_located() -> None:
    with pytest.raises(RefusedError) as refusal:
        parse('{"image": }', "spec.json")
    assert refusal.value.found == "spec.json, line 1 column 11: Expecting value"


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("python:3.11", "docker.io/library/python:3.11"),
        ("acme/agents:1", "docker.io/acme/agents:1"),
        ("index.docker.io/acme/agents:1", "docker.io/acme/agents:1"),
        ("localhost:5000/agents:1", "localhost:5000/agents:1"),
        ("registry.acme.com/a/b/c:1", "registry.acme.com/a/b/c:1"),
        ("acme/agents@sha256:" + "a" * 64, "docker.io/acme/agents@sha256:" + "a" * 64),
        ("acme/agents:1@sha256:" + "a" * 64, "docker.io/acme/agents:1@sha256:" + "a" * 64),
    ],
)
def test_references_are_completed_as_docker_does(text: str, full: str) -> None:
    assert str(Reference.parse(text)) == full


@pytest.mark.parametrize(
    "text", ["", "Acme/agents:1", "a b:1", "acme/agents:", "acme/agents@sha256:12", "acme//x:1", "-x:1"]
)
def test_malformed_references_are_refused(text: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        Reference.parse(text)
    assert refusal.value.problem == "release: not an image reference"


def test_localhost_with_a_port_and_no_tag_has_no_tag() -> None:
    with pytest.raises(RefusedError) as refusal:
        Reference.parse("localhost:5000/agents")
    assert refusal.value.problem == "release: image has neither tag nor digest"
