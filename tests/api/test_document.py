"""The document is OpenAPI, says what is there, no less and no more, and the page shows all of it."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_app
from app.settings import Settings
from tests import plain_http

# The rest is described elsewhere, A2A by its cards and the page by itself, or is not for clients.
FOR_PROGRAMS = ("/v1/", "/healthz", "/readyz", "/version")


@pytest.fixture(scope="module")
def document(server: str) -> dict[str, Any]:
    found: dict[str, Any] = plain_http.get(f"{server}/openapi.json").json()
    return found


def test_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_document_lists_every_api_endpoint(document: dict[str, Any]) -> None:
    app = create_app(Settings())
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(FOR_PROGRAMS)
    }

    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == there


def test_document_of_a_solver_omits_the_planner() -> None:
    client = create_app(Settings(agent_role="solver")).test_client()

    assert set(client.get("/openapi.json").get_json()["paths"]) == {"/healthz", "/readyz", "/version"}
    assert client.get("/docs").status_code == 200


def test_document_is_cacheable(server: str) -> None:
    first = plain_http.get(f"{server}/openapi.json")
    again = plain_http.get(f"{server}/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert "max-age" in first.headers["Cache-Control"]
    assert (again.status_code, again.content) == (304, b"")


def test_docs_page_is_complete_and_self_contained(server: str, document: dict[str, Any]) -> None:
    response = plain_http.get(f"{server}/docs")
    html = response.text

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in html
        for about in methods.values():
            assert f'id="{about["operationId"]}"' in html
            assert about["summary"].replace("'", "&#39;") in html
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in html
    # Every reference on the page leads somewhere on it, or to a file of ours.
    for address in re.findall(r'(?:href|src)="([^"]+)"', html):
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in html
        else:
            assert address.startswith("/")
            assert plain_http.get(f"{server}{address}").status_code == 200
    assert not re.search(r"<script|<style| style=|\{\{|\{%", html)
    assert len(re.findall(r' id="', html)) == len(set(re.findall(r' id="([^"]+)"', html)))
