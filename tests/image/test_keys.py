"""Keys in a container of the image, as an operator makes and revokes them there."""

import json
import threading

from docker.models.containers import Container

from tests.image.replicas import HARDENED, Replicas

KEYS = ["flask", "--app", "app", "keys"]
# It asks back, so a subscription goes on for as long as nobody answers.
UNCLEAR = {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": "monthly payment on 100 at 4%"}]}


def keys(container: Container, *arguments: str) -> str:
    """What the operator's command prints."""
    code, (output, errors) = container.exec_run([*KEYS, *arguments], demux=True)
    assert code == 0, errors
    return str(output, "utf-8").strip()


def test_key_created_in_a_container_works_until_revoked(replicas: Replicas) -> None:
    container, client = replicas.on_port(environment={"ACCESS": "keys"}, **HARDENED)
    assert client.get("/v1/tasks").status_code == 401
    key = keys(container, "create", "Ann")
    headers = {"Authorization": f"Bearer {key}", "A2A-Version": "1.0"}
    answered = client.post("/v1/tasks", json={"question": "What is 2 + 2?"}, headers=headers)
    assert (answered.status_code, answered.json()["answer"]) == (200, "4")
    task = client.post("/agents/planner/message:send", json={"message": UNCLEAR}, headers=headers).json()["task"]
    lines: list[str] = []
    begun = threading.Event()

    def follow() -> None:
        path = f"/agents/planner/tasks/{task['id']}:subscribe"
        with client.stream("POST", path, headers=headers) as stream:
            for line in stream.iter_lines():
                lines.append(line)
                begun.set()

    following = threading.Thread(target=follow)
    following.start()
    assert begun.wait(20)

    assert keys(container, "revoke", key.split("_")[1]).endswith("is revoked.")
    following.join(timeout=60)
    assert not following.is_alive()
    last = json.loads([line for line in lines if line][-1].removeprefix("data: "))["error"]
    assert last["details"][0]["reason"] == "KEY_REVOKED"
    refused = client.get("/v1/tasks", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "key_revoked")
