"""When spans are sent, and which settings are refused."""

import pytest

from app.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("environ", "on"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "agents"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100"}, False),
    ],
)
def test_which_variables_enable_tracing(environ: dict[str, str], on: bool) -> None:
    assert Settings.read(environ).traces is on


def test_unsupported_tracing_settings_are_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})

    assert str(caught.value) == (
        "settings: OTEL_EXPORTER_OTLP_ENDPOINT is not an address\n"
        "  found: OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317\n"
        "  fix: use http://HOST:4318 or https://…\n"
        "settings: OTEL_EXPORTER_OTLP_PROTOCOL is not one of its values\n"
        "  found: OTEL_EXPORTER_OTLP_PROTOCOL=grpc\n"
        "  fix: use http/protobuf"
    )


@pytest.mark.parametrize(
    ("name", "value", "lowest"),
    [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", 1),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1", 1),
        ("OTEL_BSP_EXPORT_TIMEOUT", "soon", 1),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc", 0),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1", 0),
    ],
)
def test_out_of_range_tracing_number_is_refused(name: str, value: str, lowest: int) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({name: value})

    assert str(caught.value).startswith(
        f"settings: {name} is out of range\n"
        f"  found: {name}={value}\n"
        f"  fix: use a whole number from {lowest} to 999999, or unset it"
    )


@pytest.mark.parametrize(
    ("environ", "found", "fix"),
    [
        (
            {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "9999"},
            "OTEL_BSP_MAX_QUEUE_SIZE=2048 and OTEL_BSP_MAX_EXPORT_BATCH_SIZE=9999",
            "set OTEL_BSP_MAX_EXPORT_BATCH_SIZE to at most 2048, or OTEL_BSP_MAX_QUEUE_SIZE to at least 9999",
        ),
        (
            {"OTEL_BSP_MAX_QUEUE_SIZE": "100"},
            "OTEL_BSP_MAX_QUEUE_SIZE=100 and OTEL_BSP_MAX_EXPORT_BATCH_SIZE=512, which is its default",
            "set OTEL_BSP_MAX_EXPORT_BATCH_SIZE to at most 100, or OTEL_BSP_MAX_QUEUE_SIZE to at least 512",
        ),
    ],
)
def test_batch_larger_than_the_queue_is_refused(environ: dict[str, str], found: str, fix: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environ)

    wrong = "more spans are to be sent at once than are kept"
    assert str(caught.value) == f"settings: {wrong}\n  found: {found}\n  fix: {fix}"
