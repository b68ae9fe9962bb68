"""Does every host role do what it says, once, and tell the truth in check mode?"""

import pytest

from tests.roles import scenario


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", scenario.names())
def test_role(name: str, host_image: str) -> None:
    outcome = scenario.run(name, host_image)

    if outcome.exit_code:
        pytest.fail(f"molecule ended with {outcome.exit_code}:\n{outcome.output}", pytrace=False)
    assert [run.action for run in outcome.runs] == ["check", "converge", "idempotence", "check"], outcome.output
    foretold, done, again, foretold_again = (run.changed for run in outcome.runs)
    assert foretold == done, "check mode on a fresh host announced other changes than were made"
    assert again == ()
    assert foretold_again == (), "check mode announces changes on a host that is as it should be"


def test_every_host_role_has_a_scenario() -> None:
    roles = {path.parent.parent.name for path in (scenario.CHECKOUT / "roles").glob("*/tasks/main.yml")}
    # Roles of the account run against its API (tests/provision), not on a host.
    host_roles = {role for role in roles if not role.startswith("aws_")}
    assert host_roles - set(scenario.names()) == set()
