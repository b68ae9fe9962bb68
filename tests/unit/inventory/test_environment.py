"""The plugin through `ansible-inventory`, as an operator meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.unit.inventory.aws_answers import IDENTITY, NO_INSTANCES, AwsAnswers, error

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[3]
# A shell in which everything that could lead to an account of the operator's own is exported.
OPERATOR = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "OPERATORS-KEY",
    "AWS_SECRET_ACCESS_KEY": "operators-secret",
    "AWS_SESSION_TOKEN": "operators-token",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the sandbox's inventory."""
    copy = tmp_path / f"test-{uuid.uuid4().hex[:6]}"
    shutil.copytree(PROJECT / "inventory" / "sandbox", copy)
    hosts = copy / "hosts.aws_ec2.yml"
    hosts.write_text(hosts.read_text().replace("Environment: sandbox", f"Environment: {copy.name}"))
    settle(copy, health_module=None)
    yield copy
    shutil.rmtree(PROJECT / ".longshore" / copy.name, ignore_errors=True)


def settle(folder: Path, **settings: object) -> None:
    """Change settings of environment.yml; None takes one away."""
    path = folder / "environment.yml"
    content = {**yaml.safe_load(path.read_text()), **settings}
    path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}))


def run(
    source: Path | str, *arguments: str, command: str = "ansible-inventory", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run an Ansible command in a shell with nothing of AWS but what is given."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    settings = {"AWS_EC2_METADATA_DISABLED": "true", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_DEPRECATION_WARNINGS": "false"}
    return subprocess.run(
        [Path(sys.executable).with_name(command), "-i", str(source), *(arguments or ["--graph"])],
        cwd=PROJECT,
        env={**shell, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refused(result: subprocess.CompletedProcess[str], *lines: str) -> None:
    """Assert that the three lines are all that was said."""
    assert result.returncode != 0
    assert result.stderr.strip() == "[ERROR]: " + "\n".join(lines)
    assert result.stdout == ""


def test_an_environment_that_does_not_exist() -> None:
    refused(
        run("inventory/prodution"),
        "environment: there is no such environment",
        "  found: inventory/prodution; inventory has byo, production, sandbox, staging",
        "  fix: use -i inventory/production",
    )


def test_no_environment_has_a_name_like_it() -> None:
    refused(
        run("qqqq"),
        "environment: there is no such environment",
        "  found: qqqq; inventory has byo, production, sandbox, staging",
        "  fix: use one of those, as in -i inventory/byo",
    )


def test_all_environments_at_once() -> None:
    refused(
        run("inventory"),
        "environment: a run works in one environment",
        "  found: inventory/byo and inventory/production",
        "  fix: give one of them, as in -i inventory/production",
    )


def test_two_environments(folder: Path) -> None:
    refused(
        run("inventory/byo", "-i", "inventory/staging", "--graph"),
        "environment: a run works in one environment",
        "  found: inventory/byo and inventory/staging",
        "  fix: give one of them, as in -i inventory/staging",
    )


def test_the_endpoint_does_not_answer(folder: Path) -> None:
    with AwsAnswers({}) as gone:
        endpoint = gone.endpoint
    settle(folder, endpoint=endpoint)
    refused(
        run(folder),
        "environment: the AWS endpoint does not answer",
        f"  found: {endpoint}: Connection refused",
        "  fix: make up",
    )


def test_an_endpoint_elsewhere(folder: Path) -> None:
    settle(folder, endpoint="http://192.0.2.1:5566")
    refused(
        run(folder),
        "environment: a stand-in for AWS must be on this machine",
        "  found: endpoint: http://192.0.2.1:5566",
        "  fix: give a loopback address, such as http://127.0.0.1:5566, or no endpoint for AWS itself",
    )


def test_what_the_environment_s_own_check_says(folder: Path, tmp_path: Path) -> None:
    settle(folder, health_module="sandbox.health")
    missing = tmp_path / "lock"
    refused(
        run(folder, SANDBOX_LOCK=str(missing)),
        "sandbox: it is not running",
        f"  found: nobody holds {missing}",
        "  fix: make up",
    )


def test_a_check_that_cannot_be_run(folder: Path) -> None:
    settle(folder, health_module="sandbox.wealth")
    refused(
        run(folder),
        "environment: its health cannot be told",
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
        settle(folder, endpoint=aws.endpoint)
        result = run(folder)
    refused(result, f"aws: {problem}", f"  found: {code}: {message}", f"  fix: {fix}")


def test_no_credentials() -> None:
    refused(
        run("inventory/production", "--graph", "-e", "aws_network_ssh_cidr=203.0.113.7/32", HOME="/nonexistent"),
        "aws: there are no AWS credentials",
        "  found: Unable to locate credentials",
        "  fix: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )


def test_a_profile_that_does_not_exist() -> None:
    arguments = ["--graph", "-e", "aws_network_ssh_cidr=203.0.113.7/32"]
    refused(
        run("inventory/production", *arguments, HOME="/nonexistent", AWS_PROFILE="acme"),
        "aws: the AWS profile does not exist",
        "  found: The config profile (acme) could not be found",
        "  fix: export AWS_PROFILE with a name from ~/.aws/config",
    )


def test_the_account_of_someone_else(folder: Path) -> None:
    with AwsAnswers({"GetCallerIdentity": IDENTITY}) as aws:
        settle(folder, endpoint=aws.endpoint, account="111122223333")
        result = run(folder)
    refused(
        result,
        "aws: the credentials belong to another account",
        "  found: 123456789012, and the environment's account is 111122223333",
        "  fix: switch AWS_PROFILE or the exported keys, or correct account in environment.yml",
    )


def test_a_required_variable_is_not_set() -> None:
    refused(
        run("inventory/production"),
        "environment: aws_network_ssh_cidr is not set",
        "  found: no value in inventory/production/group_vars/all.yml and none given with -e",
        "  fix: set it there. The network that may reach SSH, such as 203.0.113.7/32. Must be set.",
    )


def test_a_misspelt_variable_of_the_environment(folder: Path) -> None:
    (folder / "group_vars" / "all.yml").write_text("---\naws_network_ssh_cdir: 203.0.113.7/32\n")
    refused(
        run(folder),
        "environment: no role has this variable",
        f"  found: aws_network_ssh_cdir in {os.path.relpath(folder, PROJECT)}/group_vars/all.yml",
        "  fix: did you mean aws_network_ssh_cidr? If it is your own, list it in own_variables of environment.yml",
    )


def test_a_misspelt_setting(folder: Path) -> None:
    settle(folder, acount="123456789012")
    refused(
        run(folder),
        "environment: environment.yml has no such setting",
        f"  found: acount in {os.path.relpath(folder, PROJECT)}/environment.yml",
        "  fix: did you mean account?",
    )


def test_a_copied_environment_with_the_old_tag(folder: Path) -> None:
    hosts = folder / "hosts.aws_ec2.yml"
    hosts.write_text(hosts.read_text().replace(f"Environment: {folder.name}", "Environment: staging"))
    refused(
        run(folder),
        "environment: the hosts would be another environment's",
        f"  found: tag:Environment is staging in {os.path.relpath(hosts, PROJECT)}",
        f"  fix: set it to {folder.name}",
    )


@pytest.mark.parametrize("command", ["ansible-inventory", "ansible"])
def test_the_operators_own_credentials_are_never_used_with_an_endpoint(
    folder: Path, tmp_path: Path, command: str
) -> None:
    answers = {"GetCallerIdentity": IDENTITY, "DescribeInstances": NO_INSTANCES}
    with AwsAnswers(answers) as sandbox, AwsAnswers(answers) as real:
        settle(folder, endpoint=sandbox.endpoint)
        config = tmp_path / "config"
        config.write_text(
            f"[profile production]\naws_access_key_id = PROFILES-KEY\naws_secret_access_key = x\n"
            f"endpoint_url = {real.endpoint}\nregion = eu-west-1\n"
        )
        operator = {**OPERATOR, "AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": real.endpoint}
        module = ["aws", "-m", "amazon.aws.ec2_instance_info"] if command == "ansible" else ["--graph"]
        result = run(folder, *module, command=command, **operator)
    assert result.returncode == 0, result.stdout + result.stderr
    assert set(sandbox.keys) == {"testing"}
    assert set(sandbox.tokens) == {""}
    assert real.keys == []
    # The check, the dynamic inventory, and for `ansible` the module.
    assert len(sandbox.keys) == (3 if command == "ansible" else 2)


def test_what_an_environment_sets_goes_before_the_project_s_defaults(tmp_path: Path) -> None:
    folder = tmp_path / f"test-{uuid.uuid4().hex[:6]}"
    shutil.copytree(PROJECT / "inventory" / "byo", folder)
    (folder / "hosts.yml").write_text("---\nweb: {hosts: {web-1: {}}}\n")
    show = (
        "web",
        "-m",
        "ansible.builtin.debug",
        "-a",
        "msg={{ release_services.planner.replicas }}/{{ release_slots }}",
    )
    try:
        assert '"msg": "2/12"' in run(folder, *show, command="ansible").stdout
        (folder / "group_vars" / "all.yml").write_text("---\nrelease_replicas: 5\n")
        assert '"msg": "5/12"' in run(folder, *show, command="ansible").stdout
    finally:
        shutil.rmtree(PROJECT / ".longshore" / folder.name)


@pytest.mark.parametrize(
    ("given", "shown"), [("3", "3"), ("2.9", '\\"2.9\\"'), ("1e1", '\\"1e1\\"'), ("true", '\\"true\\"')]
)
def test_text_is_a_number_where_it_is_digits_and_never_another_one(given: str, shown: str) -> None:
    numbers = "msg={{ [release_services.planner.replicas, nginx_proxy_slots] | to_json }}"
    arguments = ["localhost", "-m", "ansible.builtin.debug", "-a", numbers, "-e", f"release_replicas={given}"]
    result = run("inventory/byo", *arguments, "-e", "release_slots=6", command="ansible")
    assert f'"msg": "[{shown}, 6]"' in result.stdout
