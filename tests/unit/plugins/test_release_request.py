"""Is what no host could release refused on the controller, in the words an operator can act on?"""

import json

import pytest
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.release.request import (
    check_hosts,
    check_image,
    check_services,
    check_some_image,
)

PLANNER = {"replicas": 2, "path": "/"}


def refusal(check, *arguments) -> str:
    with pytest.raises(RefusedError) as caught:
        check(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("image", ["docker.io/acme/agents:1.4.0", "agents:1", f"localhost:5000/a@sha256:{'0' * 64}"])
def test_images_that_can_be_released(image: str) -> None:
    check_image("release_image", image)


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (
            "docker.io/acme/agents",
            (
                "release: image has neither tag nor digest\n"
                "  found: release_image: docker.io/acme/agents\n"
                "  fix: write it like docker.io/you/agents:1.0.0, or with its digest @sha256:…"
            ),
        ),
        (
            "Acme Agents:1",
            (
                "release: not an image reference\n"
                "  found: release_image: Acme Agents:1\n"
                "  fix: write it like docker.io/you/agents:1.0.0, or with its digest @sha256:…"
            ),
        ),
        (
            1.4,
            (
                "release: release_image is not a string\n"
                "  found: 1.4\n"
                "  fix: write it like release_image=docker.io/you/agents:1.0.0"
            ),
        ),
    ],
)
def test_images_that_cannot(image: object, text: str) -> None:
    assert refusal(check_image, "release_image", image) == text


def test_services_may_be_all_that_the_engine_takes_and_have_a_path() -> None:
    check_services({"planner": PLANNER, "solver": {"replicas": 12, "memory_mb": 512, "environment": {"A": "b"}}})


@pytest.mark.parametrize("replicas", [0, -1, 13, "2", 1.5, True, None])
def test_replicas_that_cannot_be(replicas: object) -> None:
    found = {None: "null", True: "true", "2": '"2"'}.get(replicas, str(replicas))
    assert refusal(check_services, {"planner": {"replicas": replicas}}) == (
        f"release: release_services.planner.replicas is out of range\n  found: {found}\n  fix: a whole number, 1 to 12"
    )


def test_a_misspelt_key_is_told_the_nearest() -> None:
    assert refusal(check_services, {"planner": {"replcas": 2, "path": "/"}}) == (
        "release: unknown key in release_services.planner\n"
        "  found: 'replcas'\n"
        "  fix: did you mean `replicas`? known: replicas, memory_mb, environment, ready_path, ready_seconds, "
        "drain_seconds, command, mounts, path, paths"
    )


def test_a_misspelt_path_is_told_too() -> None:
    assert "did you mean `path`?" in refusal(check_services, {"planner": {"replicas": 2, "pth": "/"}})


@pytest.mark.parametrize("path", ["agents", "/", "/agents/solver/", "/agents//solver", "/a b", "/x;", 1])
def test_paths_that_nginx_cannot_serve(path: object) -> None:
    assert refusal(check_services, {"solver": {"replicas": 2, "paths": ["/v0.3/agents/solver", path]}}) == (
        "release: release_services.solver.paths holds what nginx cannot serve\n"
        f"  found: {json.dumps(path)}\n"
        "  fix: begin it with / and end it without, like /agents/solver: what is below it is meant as well"
    )


def test_paths_that_are_no_list() -> None:
    assert refusal(check_services, {"solver": {"replicas": 2, "paths": "/agents"}}) == (
        "release: release_services.solver.paths is not a list\n"
        '  found: "/agents"\n'
        "  fix: give a list, like [/agents/solver, /v0.3/agents/solver]"
    )


def test_a_mount_is_judged_in_the_operator_s_words() -> None:
    mounts = [{"source": "/run/docker.sock", "target": "/x"}]
    assert refusal(check_services, {"solver": {"replicas": 2, "mounts": mounts}}) == (
        "release: release_services.solver.mounts[0].source exposes a control socket of Docker\n"
        "  found: /run/docker.sock is or holds /run/docker.sock\n"
        "  fix: mount a path of the application's own: with that socket a replica is root on the host"
    )


def test_a_service_without_replicas() -> None:
    assert refusal(check_services, {"planner": {"path": "/"}}) == (
        "release: release_services.planner lacks `replicas`\n"
        "  found: no key at all\n"
        "  fix: add `replicas` to release_services.planner"
    )


@pytest.mark.parametrize("path", ["agents/", "/agents", 7])
def test_a_path_that_cannot_be_served(path: object) -> None:
    text = refusal(check_services, {"solver": {"replicas": 1, "path": path}})
    assert text.startswith("release: release_services.solver.path is not a path nginx can serve\n")


def test_no_service_at_all() -> None:
    assert refusal(check_services, {}).startswith("release: no service to release\n")
    assert refusal(check_services, ["planner"]) == (
        "release: release_services is not a dictionary\n"
        '  found: ["planner"]\n'
        "  fix: write it like {planner: {replicas: 2, path: /}}"
    )


def test_an_environment_variable_s_value_is_not_shown() -> None:
    text = refusal(check_services, {"planner": {"replicas": 1, "environment": {"API_KEY": 12345}}})
    assert text.startswith("release: release_services.planner.environment.API_KEY is not a string\n")
    assert "12345" not in text


def test_an_environment_without_hosts() -> None:
    check_hosts(["web-1"], "web", "inventory/byo")
    assert refusal(check_hosts, [], "web", "inventory/byo") == (
        "release: no host in group `web`\n"
        "  found: inventory inventory/byo\n"
        "  fix: make them with longshore.app.provision, or name them in the inventory"
    )


def test_a_fleet_to_be_made_needs_an_image() -> None:
    check_some_image({"release_initial_image": "agents:1"}, [])
    check_some_image({}, ["web-1"])  # may serve one already
    assert refusal(check_some_image, {"release_image": ""}, []) == (
        "release: no image to release\n"
        "  found: neither release_image nor release_initial_image is set\n"
        "  fix: give -e release_image=docker.io/you/agents:1.0.0, or set release_initial_image for the environment"
    )
