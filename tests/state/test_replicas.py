"""Two replicas and one database: a task is anybody's to answer for, and nothing of it is lost with a replica."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.state.replicas import ANSWER, Follower, Replica, replica, whole
from tests.state.slow_solver import SlowSolver
from tests.waiting import LIMIT_SECONDS, until


@pytest.fixture
def pair(tmp_path: Path, url: str, solver: SlowSolver) -> Iterator[tuple[Replica, Replica]]:
    environ = {"AGENT_ROLE": "planner", "PROXY_SOCKET": str(solver.path)}
    with replica(tmp_path, "a", url, **environ) as a, replica(tmp_path, "b", url, **environ) as b:
        yield a, b


def test_task_of_one_replica_can_be_followed_at_another(pair: tuple[Replica, Replica], solver: SlowSolver) -> None:
    a, b = pair
    follower = Follower(a.hand_in())
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follower.follow, b)
        until(lambda: "message" in follower.kinds)
        assert b.task(follower.task_id)["state"] == "working"
        solver.gate.set()
        followed.result(timeout=LIMIT_SECONDS)

    whole(follower, b.task(follower.task_id))
    with b.http() as http:
        events = f"/v1/tasks/{follower.task_id}/events"
        assert http.get(events, headers={"Last-Event-ID": str(follower.numbers[-1])}).status_code == 204
        gone = http.get(events, headers={"Last-Event-ID": "999"})
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "event_gone")


def test_a_cancel_at_another_replica_ends_the_task_before_its_next_step(
    pair: tuple[Replica, Replica], solver: SlowSolver
) -> None:
    a, b = pair
    follower = Follower(a.hand_in())
    until(lambda: solver.seen)
    with b.http() as http:
        assert http.post(f"/v1/tasks/{follower.task_id}/cancel").json()["state"] == "canceled"
        again = http.post(f"/v1/tasks/{follower.task_id}/cancel")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "finished")
        reply = http.post(f"/v1/tasks/{follower.task_id}/reply", json={"text": "more"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (409, "finished")
    solver.gate.set()
    follower.follow_to_the_end(b)

    # Whoever works on it is let know: it takes no further step, and nothing comes after the last event.
    until(lambda: "no longer worked on" in a.log.read_text())
    assert len(solver.seen) == 1
    assert follower.kinds[-1] == "status"
    assert a.task(follower.task_id)["state"] == "canceled"


def test_stop_ends_streams_before_the_running_task_is_finished(
    pair: tuple[Replica, Replica], solver: SlowSolver
) -> None:
    a, b = pair
    follower = Follower(a.hand_in())
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follower.follow, a)
        until(lambda: "message" in follower.kinds)
        a.terminate()
        followed.result(timeout=LIMIT_SECONDS)
        # The stream has ended, and the task that holds the replica up has not.
        assert a.process.poll() is None
        assert follower.state == "working"
        seen = follower.numbers[-1]
        followed = pool.submit(follower.follow, b)
        solver.gate.set()
        followed.result(timeout=LIMIT_SECONDS)

    assert follower.numbers[-1] > seen
    assert a.process.wait(timeout=LIMIT_SECONDS) == 0
    whole(follower, b.task(follower.task_id))
    # Nobody had to begin anew.
    assert sum(data.get("state") == "working" for data in follower.data) == 1


def test_task_of_a_killed_replica_is_finished_by_the_other(pair: tuple[Replica, Replica], solver: SlowSolver) -> None:
    a, b = pair
    follower = Follower(a.hand_in())
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follower.follow_to_the_end, a, b)
        until(lambda: "message" in follower.kinds)
        until(lambda: solver.seen)
        a.kill()
        followed.result(timeout=LIMIT_SECONDS)

    assert follower.numbers == list(range(1, len(follower.numbers) + 1))
    assert b.task(follower.task_id)["answer"] == ANSWER
    assert {"state": "working", "text": "Another replica goes on with this."} in follower.data


@pytest.mark.parametrize("workers", ["1", "2"])
def test_single_replica_answers_more_concurrent_tasks_than_it_has_threads(
    tmp_path: Path, url: str, workers: str
) -> None:
    # Each agent works in 16 threads of its own, and the planner's wait for the solver's.
    with replica(tmp_path, "alone", url, WORKERS=workers) as served, ThreadPoolExecutor(40) as pool:
        tasks = [task.result(timeout=LIMIT_SECONDS) for task in [pool.submit(served.hand_in) for _ in range(40)]]
        followers = [Follower(task) for task in tasks]
        for done in [pool.submit(follower.follow_to_the_end, served) for follower in followers]:
            done.result(timeout=LIMIT_SECONDS)

        for follower in followers:
            whole(follower, served.task(follower.task_id))
            assert sum(data.get("state") == "working" for data in follower.data) == 1
