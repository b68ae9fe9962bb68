"""Is molecule's output read as it is meant?"""

from tests.roles.scenario import Run, runs_in

OUTPUT = """\
INFO     [sample > create] Executing
TASK [Start the host] **********************************************************
changed: [localhost]
INFO     [sample > check] Executing
TASK [sample : Install] ********************************************************
changed: [web-1]
TASK [sample : Start] **********************************************************
ok: [web-1]
RUNNING HANDLER [sample : Reload] **********************************************
changed: [web-1]
INFO     [sample > check] Executed: Successful
INFO     [sample > converge] Executing
TASK [sample : Install] ********************************************************
changed: [web-1] => (item=one)
changed: [web-1] => (item=two)
TASK [sample : Start] **********************************************************
changed: [web-1 -> localhost]
INFO     [sample > idempotence] Executing
"""


def test_runs_are_told_apart_and_handlers_left_out() -> None:
    assert runs_in(OUTPUT) == (
        Run("check", ("sample : Install",), ("sample : Install",)),
        Run("converge", ("sample : Install", "sample : Start"), ("sample : Install",)),
        Run("idempotence", (), ()),
    )
