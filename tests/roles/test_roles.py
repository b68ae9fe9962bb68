"""Does every host role do what it says, once, and is its check mode right, on every supported Debian?"""

import pytest
import yaml

from tests.roles import scenario


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", scenario.names())
def test_role(name: str) -> None:
    outcome = scenario.run(name)

    if outcome.exit_code:
        pytest.fail(f"molecule ended with {outcome.exit_code}:\n{outcome.last_action}", pytrace=False)
    assert [run.action for run in outcome.runs] == ["check", "converge", "idempotence", "check"], outcome.output
    first_check, first, second, second_check = outcome.runs
    assert {host for host, _ in first.changed} == set(scenario.RELEASES)
    # What a role makes on the controller (a certificate) it may make unannounced.
    assert first_check.changed_on_host == first.changed_on_host, "check mode announced other changes than were made"
    assert second.changed == frozenset()
    assert second_check.changed == frozenset(), "check mode announces changes to a host that needs none"


def test_hosts_are_those_of_the_inventory() -> None:
    inventory = yaml.safe_load((scenario.SCENARIOS / "shared" / "inventory.yml").read_text())
    assert tuple(inventory["web"]["hosts"]) == scenario.RELEASES


def test_every_host_role_has_a_scenario() -> None:
    plays = yaml.safe_load((scenario.CHECKOUT / "playbooks" / "plays" / "configure.yml").read_text())
    tasks = [task for play in plays if play["hosts"] == "web" for task in play["tasks"]]
    ways = ("ansible.builtin.import_role", "ansible.builtin.include_role")
    host_roles = {task[way]["name"].removeprefix("longshore.app.") for task in tasks for way in ways if way in task}
    assert len(host_roles) >= 5
    assert host_roles - set(scenario.names()) == set()
