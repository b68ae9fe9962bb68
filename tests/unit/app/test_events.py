"""A task's events, as a browser asks for them."""

import re

from flask.testing import FlaskClient


def test_stream_of_a_task_that_asks_back_does_not_tell_clients_to_retry(client: FlaskClient) -> None:
    made = client.post("/v1/tasks", json={"question": "monthly payment on 100 at 4%"}).get_json()
    path = f"/v1/tasks/{made['id']}/events"
    told = client.get(path).text
    last = re.findall(r"^id: (\d+)$", told, re.MULTILINE)[-1]

    assert client.get(path, headers={"Last-Event-ID": last}).status_code == 204
    client.post(f"/v1/tasks/{made['id']}/reply", json={"text": "10 months"})
    assert '"completed"' in client.get(path, headers={"Last-Event-ID": last}).text
