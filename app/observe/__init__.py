"""How the application is watched: where a piece of work came from, metrics for Prometheus, spans for OpenTelemetry."""
