"""A run that reads like a page: a line per task, refusals as their three lines, and at the end where each host stands.

Everything not said here is ansible.builtin.default's: `-v` and more shows its output, unchanged.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from ansible import constants
from ansible.playbook.task import Task
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback import default
from ansible_collections.longshore.app.plugins.plugin_utils.output.fleet import (
    STATUS_HEAD,
    address,
    release_row,
    status_row,
)
from ansible_collections.longshore.app.plugins.plugin_utils.output.text import (
    is_refusal,
    refusals,
    seconds,
    table,
    unreachable,
)

DOCUMENTATION = r"""
name: output
type: stdout
short_description: A line per task, errors in three lines, and where each host stands
description:
  - Prints each task on one line with what it did on each host and how long it took, a release with the engine's own
    account of it, and after the recap a table of the fleet.
  - With C(-v) tasks are shown as P(ansible.builtin.default#callback) shows them.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

RELEASING = {"longshore.app.release", "longshore.app.rollback"}
STATUS = "longshore.app.status"
FAIL = {"ansible.builtin.fail", "fail"}
SILENT = {"ansible.builtin.validate_argument_spec", "ansible.builtin.set_fact", "ansible.builtin.meta"}
NAME_WIDTH = 64
C: Any = constants  # settings, colours included, become attributes while Ansible starts
DefaultCallback: Any = default.CallbackModule  # carries no types


class CallbackModule(DefaultCallback):  # type: ignore[misc]
    """Ansible's side: collects what happens and prints it as it does."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "longshore.app.output"

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._task_began: dict[tuple[str, str], float] = {}
        self._line = ""  # the task whose line is still open
        self._line_has_result = False
        self._last_play = ""
        self._heading = ""  # of a play that has shown nothing yet
        self._fleet: list[str] = []
        self._released: list[str] = []
        self._releases: dict[str, dict[str, Any]] = {}
        self._states: dict[str, dict[str, Any]] = {}

    @property
    def _brief(self) -> bool:
        return bool(self._display.verbosity == 0)

    def _show(self, text: str, color: str | None = None, *, end: bool = True) -> None:
        self._display.display(text, color=color, newline=end)

    def _open(self, task: Any) -> None:
        """Begin a task's line: at once where a person watches, else with its first result."""
        name = task.get_name().strip().removeprefix("longshore.app.").replace(" : ", " · ", 1)
        if self._line != task._uuid:
            self._close()
            if self._heading:
                self._show(self._heading, color=C.COLOR_HIGHLIGHT)
                self._heading = ""
            self._line, self._line_has_result = task._uuid, False
            self._show(f"  {name} {'.' * (NAME_WIDTH - len(name))}", end=False)

    def _close(self) -> None:
        if self._line:
            self._show("")
            self._line = ""

    def _result(self, result: Any, word: str, color: str) -> None:
        """Add a host's part to the task's line."""
        if self._line == result.task._uuid and self._line_has_result:
            self._show(",", end=False)
        self._open(result.task)
        took = time.monotonic() - self._task_began.get((result.host.get_name(), result.task._uuid), time.monotonic())
        self._show(f" {self.host_label(result)} {word} {seconds(took)}", color=color, end=False)
        self._line_has_result = True

    def _block(self, text: str, color: str | None = None) -> None:
        self._close()
        for line in text.splitlines():
            self._show(f"      {line}".rstrip(), color=color)

    def _print_task_banner(self, task: Any) -> None:
        if self._brief:
            self._open(task)
        else:
            super()._print_task_banner(task)
        self._last_task_banner = task._uuid

    def _task_start(self, task: Any, prefix: str | None = None) -> None:
        if not self._brief:
            super()._task_start(task, prefix)
        elif sys.stdout.isatty() and task.action not in SILENT:
            self._open(task)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Remember when: a result does not say how long it took."""
        self._task_began[host.get_name(), task._uuid] = time.monotonic()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Name the play, once for all batches of hosts."""
        self._close()
        variables = play.get_variable_manager().get_vars(play=play)
        self._fleet = list(variables["ansible_play_hosts_all"])
        if not self._brief:
            super().v2_playbook_on_play_start(play)
        elif self._last_play != play._uuid:
            marker = " (check: nothing is changed)" if play.check_mode else ""
            self._heading = f"\n{play.get_name().strip()}{marker}"
        self._play, self._last_play = play, play._uuid

    def v2_runner_on_ok(self, result: Any) -> None:
        """One word per host; what a release did, and what `debug` was asked to say, below it."""
        self._keep(result)
        if not self._brief:
            super().v2_runner_on_ok(result)
            return
        if isinstance(result.task, TaskInclude) or (result.task.action in SILENT and not result.result.get("changed")):
            return
        self._handle_warnings_and_exception(result)
        if result.result.get("changed"):
            self._result(result, "would change" if result.task.check_mode else "changed", C.COLOR_CHANGED)
        else:
            self._result(result, "ok", C.COLOR_OK)
        if result.task.action in RELEASING:
            self._block("" if self._judged(result) else "\n".join(result.result.get("events", [])))
        elif result.task.action in C._ACTION_DEBUG and isinstance(result.result.get("msg"), str):
            self._block(result.result["msg"])
        elif self._run_is_verbose(result):
            self._block(self._dump_results(result.result).lstrip("\n"))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A refusal is shown as it was written; any other failure with all that Ansible knows of it."""
        self._keep(result, failed=True)
        messages = refusals(result.result)
        if not self._brief:
            super().v2_runner_on_failed(result, ignore_errors)
            return
        self._result(result, "FAILED", C.COLOR_ERROR)
        self._close()
        if self._told_later(result.task):
            return
        if ignore_errors or not messages:
            self._last_task_banner = result.task._uuid  # the line above is its banner
            super().v2_runner_on_failed(result, ignore_errors)
            return
        self._handle_warnings(result.result)
        self._block("\n".join(result.result.get("events", [])))
        for message in messages:
            self._block(message, C.COLOR_ERROR)

    def v2_runner_retry(self, result: Any) -> None:
        """A wait is one line, when it is over."""
        if not self._brief:
            super().v2_runner_retry(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Say why ssh could not enter, and what to do."""
        self._keep(result, failed=True, unreachable=True)
        if not self._brief:
            super().v2_runner_on_unreachable(result)
            return
        self._result(result, "UNREACHABLE", C.COLOR_UNREACHABLE)
        self._block(unreachable(str(result.result.get("msg", ""))), C.COLOR_UNREACHABLE)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Show nothing: a line opened for it is taken back."""
        if not self._brief:
            super().v2_runner_on_skipped(result)
        elif self._line == result.task._uuid and sys.stdout.isatty():
            self._show("\r\033[K", end=False)
            self._line = ""

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Leave items to the task's own line."""
        if not self._brief:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Show the item that failed; a refusal is left to the task's own line."""
        if self._brief and is_refusal(result.result.get("msg")):
            return
        if self._brief:
            self._open(result.task)
            self._close()
            self._last_task_banner = result.task._uuid
        super().v2_runner_item_on_failed(result)

    def v2_on_file_diff(self, result: Any) -> None:
        """Begin a diff below its task's name."""
        if self._brief and result.result.get("diff") and result.result.get("changed"):
            self._open(result.task)
            self._close()
            self._last_task_banner = result.task._uuid
        super().v2_on_file_diff(result)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        """Say which file was included only to those who ask."""
        if not self._brief:
            super().v2_playbook_on_include(included_file)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        """Say it only to those who ask: the recap shows who was not reached."""
        if not self._brief:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Give the recap, then where each host stands, then the time."""
        self._close()
        super().v2_playbook_on_stats(stats)
        if self._releases:
            self._show("RELEASES")
            released = [(host, self._releases.get(host)) for host in self._released]
            self._block("\n".join(table([*release_row(*each), self._address(*each)] for each in released)))
        elif self._states:
            self._show("FLEET")
            rows = [(*status_row(*each), self._address(*each)) for each in sorted(self._states.items())]
            # The note, which may be long, comes last.
            self._block("\n".join(table([*row[:-2], row[-1], row[-2]] for row in [(*STATUS_HEAD, "ADDRESS"), *rows])))
        self._show(f"TIME  {seconds(time.monotonic() - self._began)}")

    @staticmethod
    def _told_later(task: Any) -> bool:
        """Whether the rescue of a task's block says in its own words what failed."""
        block = task._parent
        in_block = any(each._uuid == task._uuid for each in block.block)
        return in_block and any(each.action in FAIL for each in block.rescue if isinstance(each, Task))

    def _judged(self, result: Any) -> bool:
        """Whether a task of a run that changes hosts only asked what a host would say."""
        return bool(result.task.check_mode and not self._play.check_mode)

    def _address(self, host: str, result: dict[str, Any] | None) -> str:
        """Where a host serves what a row tells of."""
        variables = self._play.get_variable_manager()
        inventory = variables._inventory
        return address(variables.get_vars(play=self._play, host=inventory.get_host(host)), result)

    def _keep(self, result: Any, *, failed: bool = False, unreachable: bool = False) -> None:
        """Remember what the end of the run tells about a host."""
        kept = {**result.result, "failed": failed, "unreachable": unreachable}
        if result.task.action in RELEASING or "outcome" in kept:
            self._released = self._fleet
            if failed or not self._judged(result):
                self._releases[result.host.get_name()] = kept
        elif result.task.action == STATUS:
            self._states[result.host.get_name()] = kept
