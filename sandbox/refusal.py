"""The three lines that every refusal says: what is wrong, the value found, how to fix it."""


class Refusal(Exception):  # noqa: N818 - a refusal is not a fault of the program
    """Raised before anything was changed; the command line prints it and exits with 1."""

    def __init__(self, wrong: str, *, found: str, fix: str) -> None:
        super().__init__(f"{wrong}\n  found: {found}\n  fix: {fix}")
