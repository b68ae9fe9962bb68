"""The machine that runs the sandbox: what it has, what it needs, and its Docker engine."""
