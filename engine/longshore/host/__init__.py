"""The host: every effect that a step can have, each behind an interface."""
