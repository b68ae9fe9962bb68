"""Spans: one trace through both agents, sent to a collector when its variables say so, and no cost when they do not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import migrate
from tests.server.collector import Collector, values
from tests.server.gunicorn import ROOT, client, gunicorn, stop

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
QUESTION = {"question": "What is 15% of 240 km in miles?"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        yield server


def test_one_trace_goes_through_both_agents(tmp_path: Path, collector: Collector) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(
        path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SERVICE_NAME="agents-of-test", REPLICA="one", RELEASE="7"
    ) as process:
        with client(path) as http:
            headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=value"}
            assert http.post("/v1/tasks", json=QUESTION, headers=headers).status_code == 200
            http.get("/healthz")
            http.get("/nowhere")
        stop(process)

    assert collector.paths == {"/v1/traces"}
    assert collector.resource["service.name"] == "agents-of-test"
    assert collector.resource["service.instance.id"] == "one"
    assert collector.resource["service.version"] == "7"
    by_id = {span.span_id: span for span in collector.spans}
    (asked,) = collector.named("POST /v1/tasks")
    assert (asked.trace_id.hex(), asked.parent_span_id.hex()) == (TRACE, SPAN)
    assert asked.trace_state == "vendor=value"
    assert values(asked.attributes)["http.response.status_code"] == 200
    task = collector.named("task of planner")[0]
    assert by_id[task.parent_span_id] is asked
    assert values(task.attributes)["task.state"] == "completed"
    steps = collector.named("step")
    assert steps
    assert {by_id[step.parent_span_id].name for step in steps} == {"task of planner"}
    for call in (calls := collector.named("call of solver")):
        assert by_id[call.parent_span_id].name == "step"
        # What the solver did lies within.
        assert [span.name for span in collector.spans if span.parent_span_id == call.span_id]
    assert len(calls) >= len(steps)
    tools = collector.named("tool")
    assert {span.trace_id.hex() for span in (task, *steps, *calls, *tools)} == {TRACE}
    assert "percentage" in {values(span.attributes)["tool.name"] for span in tools}
    (lost,) = collector.named("GET")
    assert not lost.parent_span_id
    assert "GET /healthz" not in {span.name for span in collector.spans}


def test_unreachable_collector_does_not_affect_requests_or_the_stop(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="50") as process:
        with client(path) as http:
            assert http.post("/v1/tasks", json=QUESTION).status_code == 200
        # Every line is JSON: what the library complains of, too.
        lines = stop(process)

    assert lines


def test_tracing_library_is_not_imported_while_off(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(database_url)
    script = f"""
import sys
from app import create_app
from app.settings import Settings
app = create_app(Settings.read({{"DATABASE_URL": {database_url!r}}}))
answer = app.test_client().post("/v1/tasks", json={QUESTION!r})
assert answer.status_code == 200, answer.text
print([name for name in sys.modules if name.partition(".")[0] == "opentelemetry"])
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)

    assert run.stdout == "[]\n"


def test_tracing_failure_only_loses_spans(tmp_path: Path, collector: Collector) -> None:
    path = tmp_path / "app.sock"
    unknown = {"OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER": "nobody"}
    with gunicorn(path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **unknown) as process:
        with client(path) as http:
            assert http.post("/v1/tasks", json=QUESTION).status_code == 200
        lines = stop(process)

    (warning,) = [line for line in lines if line["message"] == "no spans are sent"]
    assert (warning["level"], "nobody" in str(warning["reason"])) == ("warning", True)


def test_logs_of_a_task_carry_the_ids_of_its_request(tmp_path: Path) -> None:
    # The solver is not there, so the planner's thread has something to complain of.
    path = tmp_path / "app.sock"
    with gunicorn(path, AGENT_ROLE="planner", PROXY_SOCKET=str(tmp_path / "none.sock")) as process:
        with client(path) as http:
            headers = {"X-Request-ID": "request-of-test", "traceparent": f"00-{TRACE}-{SPAN}-00"}
            assert http.post("/v1/tasks", json=QUESTION, headers=headers).status_code == 503
        lines = stop(process)

    complaints = [line for line in lines if "solver" in json.dumps(line["message"])]
    assert complaints
    assert {(line["request_id"], line["trace_id"]) for line in complaints} == {("request-of-test", TRACE)}
