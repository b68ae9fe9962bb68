"""Who may ask: without a key, with one, as the other agent. What an owner made is theirs."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.access.identify import PEER_HEADER, address_subject
from app.access.signing import Signer
from app.store.database import Database
from tests.unit.app.access.people import A2A_SEND, QUESTION, bearer, browser, revoke
from tests.waiting import until


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/tasks"),
        ("GET", "/v1/tasks/1"),
        ("GET", "/v1/tasks/1/events"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("POST", "/agents/planner"),
        ("POST", "/agents/solver/message:send"),
        ("GET", "/agents/planner/tasks"),
        ("POST", "/v0.3/agents/planner"),
        ("GET", "/conversations/1"),
    ],
)
def test_only_holders_of_an_api_key_are_served(closed: Flask, method: str, path: str) -> None:
    response = closed.test_client().open(path, method=method, json={} if method == "POST" else None)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="longshore"'
    assert "This service needs an API key." in response.text


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/version", "/", "/.well-known/agent-card.json",
     "/agents/solver/.well-known/agent-card.json", "/v0.3/agents/planner/.well-known/agent-card.json",
     "/openapi.json", "/docs", "/sign-in"],
)  # fmt: skip
def test_public_paths_need_no_key(closed: Flask, path: str) -> None:
    assert closed.test_client().get(path).status_code == 200


def test_readiness_needs_no_key_either(closed: Flask) -> None:
    # It is not ready before the database was asked for the first time.
    until(lambda: closed.test_client().get("/readyz").status_code == 200)


def test_every_view_requires_a_key_unless_declared_public(closed: Flask) -> None:
    """So that a view added later is found here, if it answers strangers."""
    client = closed.test_client()
    answered = set()
    for rule in closed.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            value = "planner" if name == "name" else "x"
            path = path.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            if client.open(path, method=method).status_code != 401:
                answered.add(rule.rule)

    assert answered == {
        "/", "/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/docs", "/sign-in", "/sign-out", "/theme",
        "/static/<path:filename>", "/.well-known/agent-card.json", "/agents/<name>/.well-known/agent-card.json",
        "/v0.3/agents/<name>/.well-known/agent-card.json",
    }  # fmt: skip


@pytest.mark.parametrize("header", ["Authorization: Bearer {}", "Authorization: bearer  {}", "X-API-Key: {}"])
def test_key_is_accepted_in_either_header(closed: Flask, make_key: Callable[..., str], header: str) -> None:
    name, _, value = header.format(make_key()).partition(": ")
    response = closed.test_client().post("/v1/tasks", json=QUESTION, headers={name: value})

    # The planner's own call to the solver is let through by its signature.
    assert (response.status_code, response.get_json()["answer"]) == (200, "22.37 miles")


@pytest.mark.parametrize("app", ["opened", "closed"])
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("revoked", "key_revoked"),
        ("expired", "key_expired"),
        ("unknown", "bad_key"),
        ("nonsense", "bad_key"),
        ("empty", "bad_key"),
        ("basic", "bad_authorization"),
        ("two", "bad_authorization"),
    ],
)
def test_invalid_key_is_refused_everywhere(
    request: pytest.FixtureRequest, make_key: Callable[..., str], app: str, kind: str, code: str
) -> None:
    wanted: Flask = request.getfixturevalue(app)
    key = make_key(expires=1 if kind == "expired" else None)
    if kind == "revoked":
        revoke(wanted, key)
    headers = {
        "unknown": bearer(key[:-1] + ("a" if key[-1] != "a" else "b")),
        "nonsense": bearer("none"),
        "empty": {"X-API-Key": ""},
        "basic": {"Authorization": "Basic YTpi"},
        "two": {**bearer(key), "X-API-Key": make_key()},
    }.get(kind, bearer(key))
    response = wanted.test_client().post("/v1/tasks", json=QUESTION, headers=headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == (401, code)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="longshore", error="invalid_token"'


def test_chat_accepts_any_key_when_none_is_required(opened: Flask, closed: Flask) -> None:
    assert opened.test_client().get("/v1/models", headers=bearer("sk-none")).status_code == 200
    assert opened.test_client().get("/v1/models", headers=bearer("lsk_mistyped")).status_code == 401
    assert closed.test_client().get("/v1/models", headers=bearer("sk-none")).status_code == 401


@pytest.mark.parametrize(
    ("scope", "path", "body"),
    [("tasks", "/v1/tasks", QUESTION), ("chat", "/v1/chat/completions", {}), ("a2a", "/agents/planner", A2A_SEND)],
)
def test_key_is_limited_to_its_scopes(
    closed: Flask, make_key: Callable[..., str], scope: str, path: str, body: object
) -> None:
    others = {"tasks", "chat", "a2a"} - {scope}
    client = closed.test_client()
    refused = client.post(path, json=body, headers=bearer(make_key(*others)))

    assert refused.status_code == 403
    assert f"lacks the scope {scope}" in refused.text
    assert f'error="insufficient_scope", scope="{scope}"' in refused.headers["WWW-Authenticate"]
    assert client.post(path, json=body, headers=bearer(make_key(scope))).status_code not in {401, 403}


def test_owner_sees_only_their_own_tasks_in_every_view(closed: Flask, make_key: Callable[..., str]) -> None:
    client = closed.test_client()
    mine, other = bearer(make_key()), bearer(make_key())
    task = client.post("/v1/tasks", json=QUESTION, headers=mine).get_json()
    versions = {"A2A-Version": "1.0"}
    paths = [
        (f"/v1/tasks/{task['id']}", {}),
        (f"/v1/tasks/{task['id']}/events", {}),
        (f"/conversations/{task['conversation_id']}", {}),
        (f"/agents/planner/tasks/{task['id']}", versions),
    ]

    for path, headers in paths:
        assert client.get(path, headers={**mine, **headers}).status_code == 200, path
        assert client.get(path, headers={**other, **headers}).status_code == 404, path
    for path in (f"/v1/tasks/{task['id']}/cancel", f"/v1/tasks/{task['id']}/reply"):
        assert client.post(path, headers=mine, json={"text": "x"}).status_code == 409, path
        assert client.post(path, headers=other, json={"text": "x"}).status_code == 404, path
    continued = {**QUESTION, "conversation_id": task["conversation_id"]}
    assert client.post("/v1/tasks", json=continued, headers=other).status_code == 404
    listed = client.get("/agents/planner/tasks", headers={**other, **versions}).get_json()
    assert listed["tasks"] == []
    listed = client.get("/agents/planner/tasks", headers={**mine, **versions}).get_json()
    assert [found["id"] for found in listed["tasks"]] == [task["id"]]


def test_key_is_accepted_from_any_address(closed: Flask, make_key: Callable[..., str]) -> None:
    headers = {**bearer(make_key()), "Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}

    assert closed.test_client().post("/v1/tasks", json=QUESTION, headers=headers).status_code == 200


def test_only_signed_requests_are_from_a_peer(closed: Flask, url: str) -> None:
    client = closed.test_client()
    signer = Signer(Database(url))

    def ask(token: str) -> int:
        return client.get("/agents/solver/tasks", headers={PEER_HEADER: token, "A2A-Version": "1.0"}).status_code

    assert ask(signer.peer("planner")) == 200
    for forged in ("planner", "", signer.session("planner"), signer.peer("planner")[:-1]):
        assert ask(forged) == 401


def test_agent_cards_declare_that_a_key_is_required(closed: Flask, opened: Flask) -> None:
    card = closed.test_client().get("/agents/planner/.well-known/agent-card.json").get_json()

    assert card["securitySchemes"]["bearer"]["httpAuthSecurityScheme"]["scheme"] == "Bearer"
    assert {"schemes": {"bearer": {"list": []}}} in card["securityRequirements"]
    assert "securitySchemes" not in opened.test_client().get("/agents/planner/.well-known/agent-card.json").get_json()


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        (None, "address:local"),
        ("", "address:local"),
        ("not an address", "address:not an address"),
    ],
)
def test_limits_apply_to_the_network_of_an_address(address: str | None, subject: str) -> None:
    assert address_subject(address) == subject


def test_form_with_too_many_parts_is_refused(closed: Flask) -> None:
    parts = {f"part-{number}": "x" for number in range(21)}
    response = browser(closed).post("/sign-in", data={**parts, "key": "x"}, content_type="multipart/form-data")

    assert (response.status_code, response.get_json()["error"]["code"]) == (413, "request_entity_too_large")
