"""An environment as an operator meets it: what it sets, and what preflight refuses in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.ansible.aws_answers import IDENTITY, NO_INSTANCES, AwsAnswers, error

if TYPE_CHECKING:
    pass

PROJECT = Path(__file__).resolve().parents[2]
# A shell in which everything that could lead to an account of the operator's own is exported.
NUMBERS = "msg={{ release_services.planner.replicas }}/{{ release_slots }}"
OPERATOR = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "OPERATORS-KEY",
    "AWS_SECRET_ACCESS_KEY": "operators-secret",
    "AWS_SESSION_TOKEN": "operators-token",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sandbox's inventory."""
    copy = tmp_path / "inventory" / "copy"
    shutil.copytree(PROJECT / "inventory" / "sandbox", copy)
    hosts = copy / "hosts.aws_ec2.yml"
    hosts.write_text(hosts.read_text().replace("Environment: sandbox", "Environment: copy"))
    configure(copy, health_module=None)
    return copy


def configure(folder: Path, **settings: object) -> None:
    """Change settings of environment.yml; None removes one. The hosts are listed by the same endpoint."""
    path = folder / "environment.yml"
    content = {**yaml.safe_load(path.read_text()), **settings}
    path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}))
    if "endpoint" in settings:
        hosts = folder / "hosts.aws_ec2.yml"
        hosts.write_text(re.sub("endpoint_url: .*", f"endpoint_url: {settings['endpoint']}", hosts.read_text()))


def run(command: str, source: Path | str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an Ansible command in a shell with nothing of AWS but what is given."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {"AWS_EC2_METADATA_DISABLED": "true", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_DEPRECATION_WARNINGS": "false"}
    return subprocess.run(
        [Path(sys.executable).with_name(command), "-i", str(source), *arguments],
        cwd=PROJECT,
        env={**shell, **settings, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def provision(source: Path | str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the playbook that needs no host, and so shows what preflight says of the environment alone."""
    return run("ansible-playbook", source, "longshore.app.provision", *arguments, **environment)


def refused(result: subprocess.CompletedProcess[str], *lines: str) -> None:
    """Assert that the three lines were said, and that nothing was done after them."""
    assert result.returncode != 0
    said = [line.removeprefix("      ") for line in result.stdout.splitlines()]
    assert "\n".join(said).count("\n".join(lines)) == 1, result.stdout + result.stderr
    assert "PLAY RECAP" in said[said.index(lines[-1]) + 2], result.stdout


def test_an_environment_that_does_not_exist() -> None:
    refused(
        provision("inventory/prodution"),
        "environment: there is no such environment",
        "  found: inventory/prodution; inventory has byo, production, sandbox, staging",
        "  fix: use -i inventory/production",
    )


def test_no_environment_has_a_name_like_it() -> None:
    refused(
        provision("qqqq"),
        "environment: there is no such environment",
        "  found: qqqq; inventory has byo, production, sandbox, staging",
        "  fix: use one of those, as in -i inventory/byo",
    )


def test_all_environments_at_once() -> None:
    refused(
        provision("inventory"),
        "environment: a run works in one environment",
        "  found: inventory/byo and inventory/production",
        "  fix: give one of them, as in -i inventory/production",
    )


def test_two_environments(folder: Path) -> None:
    refused(
        provision("inventory/byo", "-i", "inventory/staging"),
        "environment: a run works in one environment",
        "  found: inventory/byo and inventory/staging",
        "  fix: give one of them, as in -i inventory/staging",
    )


def test_the_endpoint_does_not_answer(folder: Path) -> None:
    with AwsAnswers({}) as gone:
        endpoint = gone.endpoint
    configure(folder, endpoint=endpoint)
    refused(
        provision(folder),
        "environment: the AWS endpoint does not answer",
        f"  found: {endpoint}: Connection refused",
        "  fix: make up",
    )


def test_an_endpoint_elsewhere(folder: Path) -> None:
    configure(folder, endpoint="http://192.0.2.1:5566")
    refused(
        provision(folder),
        "environment: a stand-in for AWS must be on this machine",
        "  found: endpoint: http://192.0.2.1:5566",
        "  fix: give a loopback address, such as http://127.0.0.1:5566, or no endpoint for AWS itself",
    )


def test_what_the_environment_s_own_check_says(folder: Path, tmp_path: Path) -> None:
    configure(folder, health_module="sandbox.health")
    missing = tmp_path / "lock"
    refused(
        provision(folder, SANDBOX_LOCK=str(missing)),
        "sandbox: it is not running",
        f"  found: nobody holds {missing}",
        "  fix: make up",
    )


def test_a_check_that_cannot_be_run(folder: Path) -> None:
    configure(folder, health_module="sandbox.wealth")
    refused(
        provision(folder),
        "environment: its health cannot be determined",
        f"  found: {sys.executable}: No module named sandbox.wealth",
        f"  fix: run {sys.executable} -m sandbox.wealth",
    )


@pytest.mark.parametrize(
    ("code", "message", "problem", "fix"),
    [
        (
            "ExpiredToken",
            "The security token included in the request is expired",
            "the session token has expired",
            "get a new one, such as by aws sso login",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "AWS does not accept the credentials",
            "check AWS_PROFILE, or the exported keys",
        ),
    ],
)
def test_credentials_that_aws_rejects(folder: Path, code: str, message: str, problem: str, fix: str) -> None:
    with AwsAnswers({"GetCallerIdentity": error(code, message)}, status=403) as aws:
        configure(folder, endpoint=aws.endpoint)
        result = provision(folder)
    refused(result, f"aws: {problem}", f"  found: {code}: {message}", f"  fix: {fix}")


NETWORK = ("-e", "aws_network_ssh_cidr=203.0.113.7/32")


def test_no_credentials() -> None:
    refused(
        provision("inventory/production", *NETWORK, HOME="/nonexistent"),
        "aws: there are no AWS credentials",
        "  found: Unable to locate credentials",
        "  fix: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )


def test_a_profile_that_does_not_exist() -> None:
    refused(
        provision("inventory/production", *NETWORK, HOME="/nonexistent", AWS_PROFILE="acme"),
        "aws: the AWS profile does not exist",
        "  found: The config profile (acme) could not be found",
        "  fix: export AWS_PROFILE with a name from ~/.aws/config",
    )


def test_the_sandbox_with_a_profile_that_does_not_exist(folder: Path) -> None:
    with AwsAnswers({"GetCallerIdentity": IDENTITY}) as aws:
        configure(folder, endpoint=aws.endpoint)
        result = provision(folder, HOME="/nonexistent", AWS_PROFILE="acme")
    refused(
        result,
        "aws: the AWS profile does not exist",
        "  found: AWS_PROFILE is acme",
        "  fix: unset AWS_PROFILE, or export one with a name from ~/.aws/config",
    )


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_URL"])
def test_production_is_not_run_against_an_endpoint_of_the_shell(name: str) -> None:
    with AwsAnswers({"GetCallerIdentity": IDENTITY, "DescribeInstances": NO_INSTANCES}) as stand_in:
        sandbox = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", name: stand_in.endpoint}
        result = provision("inventory/production", *NETWORK, **sandbox)
    refused(
        result,
        "aws: the shell names an endpoint, and this environment is in AWS itself",
        f"  found: {name} is {stand_in.endpoint}",
        f"  fix: unset {name}",
    )


def test_a_profile_and_a_key_are_ambiguous() -> None:
    refused(
        provision("inventory/production", *NETWORK, AWS_PROFILE="p", AWS_ACCESS_KEY_ID="k"),
        "aws: a profile and a key are both exported",
        "  found: AWS_PROFILE is p, and AWS_ACCESS_KEY_ID is set too",
        "  fix: unset AWS_PROFILE, or unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    )


def test_the_account_of_someone_else(folder: Path) -> None:
    with AwsAnswers({"GetCallerIdentity": IDENTITY}) as aws:
        configure(folder, endpoint=aws.endpoint, account="111122223333")
        result = provision(folder)
    refused(
        result,
        "aws: the credentials belong to another account",
        "  found: 123456789012, and the environment's account is 111122223333",
        "  fix: switch AWS_PROFILE or the exported keys, or correct account in the environment's file",
    )


def test_a_required_variable_is_not_set() -> None:
    refused(
        provision("inventory/production"),
        "environment: aws_network_ssh_cidr is not set",
        "  found: no value in inventory/production/group_vars/all.yml and none given with -e",
        "  fix: set it there. The network that may reach SSH, such as 203.0.113.7/32. It must be set.",
    )


def test_a_misspelt_variable_of_the_environment(folder: Path) -> None:
    (folder / "group_vars" / "all.yml").write_text("---\naws_network_ssh_cdir: 203.0.113.7/32\n")
    refused(
        provision(folder),
        "environment: no role has this variable",
        f"  found: aws_network_ssh_cdir in {os.path.relpath(folder, PROJECT)}/group_vars/all.yml",
        "  fix: did you mean aws_network_ssh_cidr? If it is your own, list it in own_variables of environment.yml",
    )


def test_a_misspelt_setting(folder: Path) -> None:
    configure(folder, acount="123456789012")
    refused(
        provision(folder),
        "environment: environment.yml has no such setting",
        f"  found: acount in {os.path.relpath(folder, PROJECT)}/environment.yml",
        "  fix: did you mean account?",
    )


def test_a_copied_environment_with_the_old_tag(folder: Path) -> None:
    hosts = folder / "hosts.aws_ec2.yml"
    hosts.write_text(hosts.read_text().replace(f"Environment: {folder.name}", "Environment: staging"))
    refused(
        provision(folder),
        "environment: the hosts would be another environment's",
        f"  found: tag:Environment is staging in {os.path.relpath(hosts, PROJECT)}",
        f"  fix: set it to {folder.name}",
    )


@pytest.mark.parametrize("playbook", ["", "longshore.app.provision", "longshore.app.teardown"])
def test_no_credentials_of_the_operator_are_used_with_an_endpoint(folder: Path, tmp_path: Path, playbook: str) -> None:
    answers = {"GetCallerIdentity": IDENTITY, "DescribeInstances": NO_INSTANCES}
    with AwsAnswers(answers) as sandbox, AwsAnswers(answers) as real:
        configure(folder, endpoint=sandbox.endpoint)
        config = tmp_path / "config"
        config.write_text(
            f"[profile production]\naws_access_key_id = PROFILES-KEY\naws_secret_access_key = x\n"
            f"endpoint_url = {real.endpoint}\nregion = eu-west-1\n"
        )
        endpoints = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS"), real.endpoint)
        operator = {**OPERATOR, **endpoints, "AWS_CONFIG_FILE": str(config), "AWS_MAX_ATTEMPTS": "1"}
        if playbook:
            # It fails: that stand-in answers no other question. Which one was asked, and as whom, is what counts.
            result = run("ansible-playbook", folder, playbook, "-e", "teardown_confirm=copy", **operator)
            assert "Read what the account holds" in result.stdout, result.stdout
        else:
            result = run("ansible-inventory", folder, "--graph", **operator)
            assert result.returncode == 0, result.stderr
    assert set(sandbox.keys) == {"testing"}
    assert set(sandbox.tokens) == {""}
    assert real.keys == []
    # The hosts are listed; in a playbook, preflight and a module ask as well.
    assert len(sandbox.keys) >= (3 if playbook else 1)


def test_what_an_environment_sets_goes_before_the_defaults(tmp_path: Path) -> None:
    folder = tmp_path / "inventory" / "servers"
    shutil.copytree(PROJECT / "inventory" / "byo", folder)
    (folder / "hosts.yml").write_text("---\nweb: {hosts: {web-1: {}}}\n")
    show = ("web", "-m", "ansible.builtin.debug", "-a", NUMBERS)
    assert '"msg": "2/12"' in run("ansible", folder, *show).stdout
    (folder / "group_vars" / "all.yml").write_text("---\nrelease_replicas: 5\n")
    assert '"msg": "5/12"' in run("ansible", folder, *show).stdout


@pytest.mark.parametrize(
    ("given", "shown"), [("3", "3"), ("2.9", '\\"2.9\\"'), ("1e1", '\\"1e1\\"'), ("true", '\\"true\\"')]
)
def test_text_is_a_number_where_it_is_digits_and_never_another_one(given: str, shown: str) -> None:
    numbers = "msg={{ [release_services.planner.replicas, nginx_proxy_slots] | to_json }}"
    arguments = ["localhost", "-m", "ansible.builtin.debug", "-a", numbers, "-e", f"release_replicas={given}"]
    result = run("ansible", "inventory/byo", *arguments, "-e", "release_slots=6")
    assert f'"msg": "[{shown}, 6]"' in result.stdout
