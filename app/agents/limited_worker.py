"""The process behind `limited`: steps come as lines of JSON on standard input, outcomes go to standard output.

Each step has a limit of processor time, which the kernel enforces by ending the process; memory is limited for all.
"""

import importlib
import json
import os
import resource
import select
import sys
import traceback

from app.agents.messages import Step
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.tools import registry

STEP_CPU_SECONDS = 4
MEMORY_BYTES = 320 * 1024 * 1024
IDLE_SECONDS = 120
# Below the threads that serve people.
NICENESS = 3


def main() -> None:
    """Serve steps until there is none for a while, or the other end is gone."""
    os.nice(NICENESS)
    # Files of no size: what computes writes nothing.
    limits = ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0))
    for kind, amount in limits:
        resource.setrlimit(kind, (amount, amount))
    # Half a second of start that no step has to wait for, nor counts against its limit.
    importlib.import_module("sympy")
    _say({})
    while select.select([sys.stdin.fileno()], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        _limit_processor()
        _say(_solve(json.loads(line)))


def _limit_processor() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + STEP_CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _solve(step: dict[str, object]) -> dict[str, object]:
    request = Step(str(step["tool"]), step["arguments"])  # type: ignore[arg-type]
    try:
        return registry()[request.tool].solve(request.arguments).json()
    except ImpossibleError as error:
        return {"impossible": str(error)}
    except (MemoryError, RecursionError):
        return {"impossible": "this takes more time or memory than one question may use"}
    except ValueError as error:
        return {"senseless": str(error)}
    except NotUnderstoodError:
        return {"senseless": f"these are no arguments for {request.tool}"}
    except Exception:  # noqa: BLE001
        # sympy gives up in many ways; what it cannot do is no fault of the person who asked.
        traceback.print_exc()
        return {"impossible": "this is beyond what I can work out"}


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
