"""Running: one run from the lock to the outcome, and what it leaves on file."""
