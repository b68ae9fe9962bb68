"""OpenTelemetry's own environment variables: what switches spans on, and numbers that its library would stumble over.

What they say besides is read by the library, which passes over what it does not understand.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import re

from app.environment import Reader

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
# Spans kept, and of them sent at once, unless these say otherwise.
_KEPT, _SENT = "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
_KEPT_SPANS, _SENT_SPANS = 2048, 512
_MILLISECONDS = ("OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT")
_LIMITS = (
    "OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
)  # fmt: skip
_MOST = 999_999


def traces(reader: Reader) -> bool:
    """Whether spans are to be sent: to an endpoint that is named, or with the exporter to the standard's own."""
    values = reader.values
    for name in _ENDPOINTS:
        if name in values and not re.match(r"https?://[^/]", values[name], re.IGNORECASE):
            reader.problem(f"{name} is not an address", f"{name}={values[name]}", "use http://HOST:4318 or https://…")
    for name in _PROTOCOLS:
        reader.choice(name, ("http/protobuf",))
    _check_numbers(reader)
    exporter = reader.choice("OTEL_TRACES_EXPORTER", ("otlp", "none"))
    if values.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter == "none":
        return False
    return exporter == "otlp" or any(name in values for name in _ENDPOINTS)


def _check_numbers(reader: Reader) -> None:
    for name in _MILLISECONDS:
        reader.integer(name, 1, 1, _MOST)
    for name in _LIMITS:
        reader.integer(name, 0, 0, _MOST)
    kept, sent = reader.integer(_KEPT, _KEPT_SPANS, 1, _MOST), reader.integer(_SENT, _SENT_SPANS, 1, _MOST)
    if sent > kept:
        reader.problem(
            "more spans are to be sent at once than are kept",
            f"{_KEPT}={kept} and {_SENT}={sent}{'' if _SENT in reader.values else ', which is its default'}",
            f"set {_SENT} to at most {kept}, or {_KEPT} to at least {sent}",
        )
