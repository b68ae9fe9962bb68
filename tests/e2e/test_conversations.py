"""What people in the middle of a conversation notice of a release: nothing is lost, and a stream goes on elsewhere."""

from __future__ import annotations

import contextlib
import time

import pytest

from tests.e2e.people import Person, Site, Stream, Waiting
from tests.fleet import AUTHORITY, Host, hosts, playbook
from tests.images import VERSIONS, reference

QUESTIONS = [
    {"What is 15% of 240 km in miles?": "22.37", "How many days are between 2026-01-01 and 2026-03-01?": "59"},
    {"Solve x^2 - 5x + 6 = 0": "3", "integrate x^2 from 0 to 3": "9"},
    {"monthly payment on 20000 at 4.5% over 5 years": "372.86", "What is 2^20?": "1,048,576"},
]
ASKS_BACK = "loan of 20000 over 5 years"
ASKED, REPLY, ANSWER = "At which yearly rate of interest?", "4.5%", "372.86"


@pytest.fixture(scope="module")
def host(images: None) -> Host:
    """The sandbox's first host, serving the first version."""
    host = hosts()[0]
    assert playbook("deploy", "-e", f"release_image={reference(VERSIONS[0])}").code == 0
    return host


@pytest.fixture
def site(host: Host) -> Site:
    return Site(host.url, AUTHORITY)


def replicas(host: Host) -> set[str]:
    names = host.run("sudo docker ps --format '{{.Names}}' --filter label=longshore.managed=true").stdout
    return set(names.split())


def test_conversations_and_open_streams_go_on_through_a_release(host: Host, site: Site) -> None:
    asked = site.call("POST", "/v1/tasks", {"question": ASKS_BACK})
    assert (asked["state"], asked["answer"]) == ("input-required", ASKED)
    waiting = Waiting(site, asked["id"])
    waiting.start()
    before = replicas(host)

    with contextlib.ExitStack() as talking:
        people = [talking.enter_context(Person(site, questions)) for questions in QUESTIONS]
        run = playbook("deploy", "-e", f"release_image={reference(VERSIONS[1])}")
        assert run.code == 0, run.output
        assert before & replicas(host) == set(), "every replica was to be another one"
        assert waiting.is_alive(), waiting.failure
        done = site.call("POST", f"/v1/tasks/{asked['id']}/reply", {"text": REPLY})
        waiting.join(timeout=30)

    assert [failure for person in people for failure in person.failures] == []
    for person in people:
        assert len(person.answered) > 5, f"{len(person.answered)} answers prove nothing"

    assert done["state"] == "completed"
    assert ANSWER in done["answer"]
    assert (waiting.failure, waiting.stream.broken) == ("", []), "streams are ended, not cut"
    assert waiting.states[0] == "TASK_STATE_INPUT_REQUIRED"
    assert waiting.states[-1] == "TASK_STATE_COMPLETED"
    assert waiting.stream.connections > 1, "no release ended the stream: it proves nothing"
    assert waiting.stream.numbers == sorted(waiting.stream.numbers)


def test_what_was_said_before_a_release_is_told_again_after_it(host: Host, site: Site) -> None:
    task = site.call("POST", "/v1/tasks", {"question": "What is 2^64?"})
    heard = Stream(site, f"/v1/tasks/{task['id']}/events")
    _read_until_completed(heard)
    assert playbook("deploy", "-e", f"release_image={reference(VERSIONS[0])}").code == 0

    assert site.call("GET", f"/v1/tasks/{task['id']}") == task
    again = Stream(site, f"/v1/tasks/{task['id']}/events")
    _read_until_completed(again)
    assert (again.numbers, again.items) == (heard.numbers, heard.items)
    resumed = Stream(site, f"/v1/tasks/{task['id']}/events", numbers=[heard.numbers[1]])
    _read_until_completed(resumed)
    assert resumed.numbers[1:] == heard.numbers[2:]

    went_on = site.call("POST", "/v1/tasks", {"question": "What is 2^65?", "conversation_id": task["conversation_id"]})
    assert (went_on["state"], went_on["conversation_id"]) == ("completed", task["conversation_id"])


def _read_until_completed(stream: Stream) -> None:
    end = time.monotonic() + 30
    for item in stream.listen():
        assert time.monotonic() < end, stream.items
        if item.get("state") == "completed":
            return
