"""Reporting: what serves, and what happened. Reads, and changes nothing."""
