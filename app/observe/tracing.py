"""Spans for OpenTelemetry, switched on by its standard environment variables; off, nothing of it is even imported.

On, each process sends its own by OTLP over HTTP, from a thread that starts after the fork. Parents are kept by `origin`
alone, so that a span finds its parent in the same way in a thread, in a task taken over, and in another agent.
"""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING

from app.observe.origin import Origin, current, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanKind, Tracer

    from app.settings import Settings

SERVICE_NAME = "longshore"
# What a collector that hangs may hold up at the end of a process.
LAST_WORDS_SECONDS = 3.0

Attribute = str | int | float | bool

logger = logging.getLogger(__name__)


class _Exporting:
    """The tracer of this process, when there is one."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


_innermost: ContextVar[Span | None] = ContextVar("span", default=None)
_nothing: AbstractContextManager[None] = nullcontext()


def start(settings: Settings) -> None:
    """Begin to send spans, if the settings say so; called in each process after the fork.

    Variables that the library cannot use, such as a certificate that is not there, cost the spans and nothing else.
    """
    if not settings.traces or _Exporting.tracer is not None:
        return
    try:
        _begin_to_send(settings)
    except Exception as error:  # noqa: BLE001 (the library refuses in many ways)
        logger.warning("no spans are sent", extra={"fields": {"reason": f"{type(error).__name__}: {error}"[:300]}})


def _begin_to_send(settings: Settings) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    ours = {
        "service.name": settings.service or SERVICE_NAME,
        "service.version": settings.release or settings.revision or "",
        "service.instance.id": settings.replica or "",
    }
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is known here.
    resource = Resource.create({name: value for name, value in ours.items() if value})
    provider = TracerProvider(resource=resource.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Exporting.provider = provider
    _Exporting.tracer = provider.get_tracer("longshore")


def stop() -> None:
    """Send what is left, if the collector takes it soon; called at the end of each process."""
    if _Exporting.provider is None:
        return
    sending = threading.Thread(target=_Exporting.provider.shutdown, name="spans", daemon=True)
    sending.start()
    sending.join(LAST_WORDS_SECONDS)
    _Exporting.provider = _Exporting.tracer = None


def on() -> bool:
    """Whether spans are made in this process."""
    return _Exporting.tracer is not None


def span(name: str, kind: str = "internal", **attributes: Attribute) -> AbstractContextManager[Span | None]:
    """A span around what is done now, below the current origin; None where there is no tracing.

    `kind` is internal, server or client. Names of attributes have underscores for dots.
    """
    if _Exporting.tracer is None:
        return _nothing
    return _span(name, kind, attributes)


@contextmanager
def _span(name: str, kind: str, attributes: dict[str, Attribute]) -> Iterator[Span | None]:
    begun = begin(name, kind, current(), **attributes)
    if begun is None:
        yield None
        return
    made, origin = begun
    outer = _innermost.set(made)
    try:
        with within(origin):
            yield made
    except Exception as error:
        fail(made, type(error).__name__)
        raise
    finally:
        _innermost.reset(outer)
        made.end()


def note(**attributes: Attribute) -> None:
    """Add attributes to the innermost span that this thread is in, if there is one."""
    if _Exporting.tracer is not None and (made := _innermost.get()) is not None:
        for key, value in attributes.items():
            made.set_attribute(_name(key), value)


def begin(name: str, kind: str, parent: Origin | None, **attributes: Attribute) -> tuple[Span, Origin] | None:
    """A span that is to be ended by its `end`, and the origin of what is done in it; None without tracing."""
    if _Exporting.tracer is None:
        return None
    made = _Exporting.tracer.start_span(
        name,
        context=_context(parent) if parent and parent.span_id else None,
        kind=_kind(kind),
        attributes={_name(key): value for key, value in attributes.items()},
    )
    context = made.get_span_context()
    origin = Origin(
        parent.request_id if parent else "",
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        f"{context.trace_flags & 1:02x}",
        parent.state if parent else "",
    )
    return made, origin


def fail(made: Span, reason: str) -> None:
    """Mark a span as one of something that went wrong."""
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    made.set_attribute("error.type", reason)
    made.set_status(Status(StatusCode.ERROR))


def _name(keyword: str) -> str:
    return keyword.replace("_", ".")


def _kind(name: str) -> SpanKind:
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    return SpanKind[name.upper()]


def _context(parent: Origin) -> Context | None:
    """The parent as OpenTelemetry takes it."""
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace import (  # noqa: PLC0415
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        TraceState,
        set_span_in_context,
    )

    there = SpanContext(
        int(parent.trace_id, 16),
        int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parent.flags, 16)),
        trace_state=TraceState.from_header([parent.state]) if parent.state else None,
    )
    return set_span_in_context(NonRecordingSpan(there), Context())
