"""Does every host role do what it says, once, and tell the truth in check mode?"""

import pytest
import yaml

from tests.roles import scenario


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", scenario.names())
def test_role(name: str, host_image: str) -> None:
    outcome = scenario.run(name, host_image)

    if outcome.exit_code:
        pytest.fail(f"molecule ended with {outcome.exit_code}:\n{outcome.last_action}", pytrace=False)
    assert [run.action for run in outcome.runs] == ["check", "converge", "idempotence", "check"], outcome.output
    foretold, done, again, foretold_again = outcome.runs
    # What a role makes on the controller (a certificate, the engine's file) it may make unannounced.
    assert foretold.changed_on_host == done.changed_on_host, "check mode announced other changes than were made"
    assert again.changed == ()
    assert foretold_again.changed == (), "check mode announces changes on a host that is as it should be"


def test_every_host_role_has_a_scenario() -> None:
    plays = yaml.safe_load((scenario.CHECKOUT / "playbooks" / "configure.yml").read_text())
    tasks = [task for play in plays if play["hosts"] == "web" for task in play["tasks"]]
    ways = ("ansible.builtin.import_role", "ansible.builtin.include_role")
    host_roles = {task[way]["name"] for task in tasks for way in ways if way in task}
    assert len(host_roles) >= 5
    assert host_roles - set(scenario.names()) == set()
