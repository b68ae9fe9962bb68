"""Does a fleet always go back to one image, whatever its hosts call their releases?"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.release.rollback import targets

DIGESTS = {letter: f"sha256:{letter * 64}" for letter in "abcd"}


def release(number: int, letter: str, previous: int | None, minute: int, fate: str = "released") -> dict[str, Any]:
    return {
        "number": number,
        "image": f"docker.io/acme/agents:{letter}",
        "digest": DIGESTS[letter],
        "previous": previous,
        "fate": fate,
        "created": f"2025-01-01T00:{minute:02}:00Z",
        "released": f"2025-01-01T00:{minute:02}:00Z" if fate == "released" else "",
    }


def host(serves: int | None, *releases: dict[str, Any]) -> dict[str, Any]:
    begun = [item["number"] for item in releases if item["fate"] == "started"]
    return {
        "installed": True,
        "release": serves,
        "interrupted": begun[-1] if begun else None,
        "releases": list(releases),
    }


def refusal(fleet: dict[str, dict[str, Any]], asked: int | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        targets(fleet, asked)
    return str(caught.value)


def test_one_host_goes_to_the_release_before() -> None:
    assert targets({"web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 2))}, None) == {"web-1": 1}


def test_before_means_what_served_before_not_the_number_before() -> None:
    reverted = release(2, "c", 1, 2, fate="reverted")
    assert targets({"web-1": host(3, release(1, "a", None, 1), reverted, release(3, "b", 1, 3))}, None) == {"web-1": 1}


def test_hosts_that_count_differently_go_to_the_same_image() -> None:
    fleet = {
        "web-1": host(3, release(2, "a", 1, 1), release(3, "b", 2, 5)),
        "web-2": host(8, release(7, "a", 6, 2), release(8, "b", 7, 6)),
    }
    assert targets(fleet, None) == {"web-1": 2, "web-2": 7}


def test_after_a_release_that_stopped_half_way_only_the_released_hosts_go_back() -> None:
    fleet = {
        "web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 5)),
        "web-2": host(1, release(1, "a", None, 2), release(2, "b", 1, 6, fate="reverted")),
        "web-3": host(3, release(2, "c", None, 1), release(3, "a", 2, 2)),
    }
    assert targets(fleet, None) == {"web-1": 1, "web-2": None, "web-3": None}


def test_a_release_that_was_cut_short_is_taken_back_and_nothing_more() -> None:
    begun = [release(1, "a", None, 1), release(2, "b", 1, 2), release(3, "c", 2, 5, fate="started")]
    untouched = host(2, release(1, "a", None, 1), release(2, "b", 1, 3))
    assert targets({"web-1": host(2, *begun)}, None) == {"web-1": 2}
    assert targets({"web-1": host(2, *begun), "web-2": untouched}, None) == {"web-1": 2, "web-2": None}
    assert targets({"web-1": host(2, *begun)}, 2) == {"web-1": 2}
    assert targets({"web-1": host(2, *begun)}, 1) == {"web-1": 1}


def test_when_the_second_host_was_cut_short_the_first_goes_back_as_well() -> None:
    fleet = {
        "web-1": host(3, release(1, "a", None, 1), release(2, "b", 1, 2), release(3, "c", 2, 5)),
        "web-2": host(7, release(6, "a", None, 1), release(7, "b", 6, 3), release(8, "c", 7, 6, fate="started")),
    }
    assert targets(fleet, None) == {"web-1": 2, "web-2": 7}


def test_a_first_release_that_was_cut_short_has_nothing_before_it() -> None:
    assert "web-1: nothing was released yet" in refusal({"web-1": host(None, release(1, "a", None, 1, "started"))})


def test_a_release_of_configuration_alone_that_was_cut_short_moves_no_other_host() -> None:
    fleet = {
        "web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 2), release(3, "b", 2, 5, fate="started")),
        "web-2": host(2, release(1, "a", None, 1), release(2, "b", 1, 3)),
    }
    assert targets(fleet, None) == {"web-1": 2, "web-2": None}


def test_a_release_of_configuration_alone_goes_back_on_every_host() -> None:
    fleet = {
        "web-1": host(2, release(1, "a", None, 1), release(2, "a", 1, 5)),
        "web-2": host(2, release(1, "a", None, 2), release(2, "a", 1, 6)),
    }
    assert targets(fleet, None) == {"web-1": 1, "web-2": 1}


def test_the_first_release_has_nothing_before_it() -> None:
    assert refusal({"web-1": host(1, release(1, "a", None, 1))}) == (
        "rollback: nothing to roll back to\n"
        "  found: web-1: release 1 (docker.io/acme/agents:a, aaaaaaaaaaaa) is the first\n"
        "  fix: deploy the image you want with -e release_image=…"
    )


def test_hosts_that_serve_nothing() -> None:
    assert refusal({"web-1": host(None)}) == (
        "rollback: nothing to roll back to\n"
        "  found: web-1: nothing was released yet\n"
        "  fix: release an image with longshore.app.deploy"
    )
    assert "web-1: no release engine" in refusal({"web-1": {"installed": False, "release": None, "releases": []}})


def test_a_host_that_never_served_the_image_stops_all() -> None:
    fleet = {
        "web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 5)),
        "web-2": host(1, release(1, "b", None, 6)),
    }
    assert refusal(fleet) == (
        "rollback: a host never served the image\n"
        "  found: web-2: no docker.io/acme/agents:a, aaaaaaaaaaaa\n"
        f"  fix: release the image itself: -e release_image=docker.io/acme/agents@{DIGESTS['a']}"
    )


def test_a_number_means_each_host_s_own_release_if_that_is_one_image() -> None:
    fleet = {
        "web-1": host(3, release(1, "a", None, 1), release(2, "b", 1, 2), release(3, "c", 2, 3)),
        "web-2": host(1, release(1, "a", None, 1)),
    }
    assert targets(fleet, 1) == {"web-1": 1, "web-2": None}


def test_a_number_that_means_two_images_is_refused() -> None:
    fleet = {
        "web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 2)),
        "web-2": host(2, release(1, "d", None, 1), release(2, "b", 1, 2)),
    }
    assert refusal(fleet, 1) == (
        "rollback: hosts would end on different images\n"
        "  found: web-1: docker.io/acme/agents:a, aaaaaaaaaaaa; web-2: docker.io/acme/agents:d, dddddddddddd\n"
        f"  fix: release the image itself: -e release_image=docker.io/acme/agents@{DIGESTS['a']}"
    )


def test_a_number_that_a_host_does_not_keep() -> None:
    fleet = {"web-1": host(2, release(1, "a", None, 1), release(2, "b", 1, 2))}
    assert refusal(fleet, 7) == (
        "rollback: release is not retained\n"
        "  found: web-1: release 7\n"
        "  fix: web-1 keeps 1, 2: name one with -e rollback_release=…, or deploy an image"
    )
