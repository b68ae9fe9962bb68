"""What was kept is told, whatever is in it."""

from flask.testing import FlaskClient

from app.store.tasks import Done
from tests.unit.app.a2a.calls import result


def test_lone_surrogate_does_not_prevent_reading_the_rest(client: FlaskClient) -> None:
    desk = client.application.extensions["desks"]["planner"]
    kept = desk.keep("address:127.0.0.1", {"text": "1 + 1"}, Done("completed", {"text": "half \ud800"}), title="")

    task = result(client, "GetTask", {"id": kept.id})
    assert task["artifacts"][0]["parts"][0]["text"] == "half ?"
    listed = result(client, "ListTasks", {"contextId": task["contextId"]})
    assert [one["id"] for one in listed["tasks"]] == [kept.id]
