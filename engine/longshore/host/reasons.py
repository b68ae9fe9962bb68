"""Why a container ended, in words: what Docker's exit codes mean to the person who reads them at night."""

from __future__ import annotations

import signal

# docker run(1), EXIT STATUS: 125 to 127 are Docker's and the shell's own
_KNOWN = {
    0: "it ended by itself, without an error: its command doesn't stay in the foreground",
    125: "Docker could not start it",
    126: "its command is not executable",
    127: "its command was not found in the image",
    137: "it was killed (SIGKILL), most likely because it needed more memory than its limit",
}


def explain_exit(code: int, *, out_of_memory: bool = False, memory_mb: int = 0) -> str:
    """Say what an exit code means. `out_of_memory` is the kernel's own word for it, where Docker passes it on."""
    limit = f" of {memory_mb} MiB" if memory_mb else ""
    if out_of_memory:
        return f"exit code {code}: it was killed for going over its memory limit{limit}"
    if code == 137 and limit:
        return f"exit code 137: {_KNOWN[137]}{limit}"
    if code in _KNOWN:
        return f"exit code {code}: {_KNOWN[code]}"
    if code > 128 and code - 128 in {item.value for item in signal.Signals}:
        return f"exit code {code}: it was ended by {signal.Signals(code - 128).name}"
    return f"exit code {code}"
