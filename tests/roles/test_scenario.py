"""Is Molecule's output parsed correctly?"""

from tests.roles.scenario import Run, runs_in

OUTPUT = """\
INFO     [sample > create] Executing
TASK [Start the host] **********************************************************
changed: [bookworm]
INFO     [sample > check] Executing
TASK [sample : Install] ********************************************************
changed: [bookworm]
TASK [sample : Start] **********************************************************
ok: [bookworm]
RUNNING HANDLER [sample : Reload] **********************************************
changed: [bookworm]
INFO     [sample > check] Executed: Successful
INFO     [sample > converge] Executing
TASK [sample : Install] ********************************************************
changed: [bookworm] => (item=one)
changed: [trixie] => (item=one)
changed: [bookworm] => (item=two)
TASK [sample : Start] **********************************************************
changed: [trixie -> localhost]
INFO     [sample > idempotence] Executing
"""


def test_changes_by_run_and_host_without_handlers() -> None:
    both = frozenset({("bookworm", "sample : Install"), ("trixie", "sample : Install")})
    one = frozenset({("bookworm", "sample : Install")})
    assert runs_in(OUTPUT) == (
        Run("check", one, one),
        Run("converge", both | {("trixie", "sample : Start")}, both),
        Run("idempotence", frozenset(), frozenset()),
    )
