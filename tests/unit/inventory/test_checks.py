"""The decisions apart from Ansible."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment import aws
from ansible_collections.longshore.app.plugins.plugin_utils.environment.variables import (
    QUESTIONS,
    Interfaces,
    Setting,
    check_required,
    check_variables,
    intended,
)

PROJECT = Path(__file__).resolve().parents[3]
INTERFACES = Interfaces(
    options={
        "aws_hosts_count": {"type": "int"},
        "aws_hosts_architecture": {"type": "str", "choices": ["arm64", "x86_64"]},
        "release_image": {"type": "str", "description": ["The image.", "With a tag."]},
        "release_packages": {"type": "list", "elements": "str"},
    },
    shared=frozenset({"release_services"}),
    own=frozenset({"my_own_note"}),
)


def message(name: str, value: object) -> str:
    with pytest.raises(RefusedError) as refusal:
        check_variables([Setting(name, value, "all.yml")], INTERFACES)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aws_hosts_count", 2),
        ("aws_hosts_count", "2"),
        ("aws_hosts_count", "{{ 1 + 1 }}"),
        ("aws_hosts_count", "-1"),
        ("release_packages", ["a", "{{ b }}"]),
        ("release_services", {"any": "thing"}),
        ("ansible_user", "admin"),
        ("ansible_control_path", "/run/me"),
        ("ansible_remote_tmp", "/tmp"),
        ("ansible_python_interpreter", "/usr/bin/python3"),
        ("ansible_become_password", "secret"),
        ("ansible_group_priority", 10),
        ("restore_forget", "true"),
        ("my_own_note", "anything"),
    ],
)
def test_what_is_right_passes(name: str, value: object) -> None:
    check_variables([Setting(name, value, "all.yml")], INTERFACES)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("aws_host_count", "aws_hosts_count"),
        ("relase_image", "release_image"),
        ("release_imgae", "release_image"),
        ("release_service", "release_services"),
        ("RELEASE_IMAGE", "release_image"),
        ("image", "release_image"),
        ("hosts_count", "aws_hosts_count"),
        ("aws_architecture", "aws_hosts_architecture"),
    ],
)
def test_a_name_that_no_role_has(name: str, meant: str) -> None:
    assert message(name, "x") == (
        "environment: no role has this variable\n"
        f"  found: {name} in all.yml\n"
        f"  fix: did you mean {meant}? If it is your own, list it in own_variables of environment.yml"
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("image", "release_image"),
        ("replicas", "release_replicas"),
        ("aws_instance_type", "aws_hosts_instance_type"),
        ("instance_type", "aws_hosts_instance_type"),
        ("tls_mode", "tls_certificate_mode"),
        ("tls_cert_mode", "tls_certificate_mode"),
        ("rollback_to", "rollback_release"),
        ("rollback_number", "rollback_release"),
        ("docker_registry_mirrors", "docker_engine_registry_mirrors"),
        ("nginx_max_body", "nginx_proxy_max_body"),
    ],
)
def test_what_a_person_might_write_without_looking_it_up(name: str, meant: str) -> None:
    specifications = [
        yaml.safe_load(path.read_text())["argument_specs"].values()
        for path in (PROJECT / "roles").glob("*/meta/argument_specs.yml")
    ]
    known = {option for entries in specifications for entry in entries for option in entry.get("options") or {}}
    known |= set(yaml.safe_load((PROJECT / "inventory" / "group_vars" / "all.yml").read_text()))
    assert intended(name, known) == meant


@pytest.mark.parametrize("name", ["zzzzzzzz_yyyy", "__internal", "My_Own_Note"])
def test_a_name_that_resembles_none(name: str) -> None:
    assert message(name, "x") == (
        "environment: no role has this variable\n"
        f"  found: {name} in all.yml\n"
        "  fix: see the READMEs of the roles; if it is your own, list it in own_variables of environment.yml"
    )


@pytest.mark.parametrize(("name", "meant"), [("ansible_hots", "ansible_host"), ("ansible_usr", "ansible_user")])
def test_a_name_that_ansible_does_not_read(name: str, meant: str) -> None:
    assert message(name, "x") == (
        f"environment: Ansible has no such variable\n  found: {name} in all.yml\n  fix: did you mean {meant}?"
    )


def test_what_playbooks_ask_for_is_known() -> None:
    texts = {path: path.read_text() for path in (PROJECT / "playbooks").rglob("*.yml")}
    prompts = [
        prompt["name"]
        for text in texts.values()
        for play in yaml.safe_load(text)
        for prompt in play.get("vars_prompt", [])
    ]
    assert len(prompts) >= 2
    assert set(prompts) <= QUESTIONS
    assert all(any(name in text for text in texts.values()) for name in QUESTIONS)


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("aws_hosts_count", "two", "give a value of type int"),
        ("aws_hosts_count", 2.9, "give a value of type int"),
        ("aws_hosts_count", "1e1", "give a value of type int"),
        ("aws_hosts_count", True, "give a value of type int"),
        ("aws_hosts_architecture", "arm", "give one of arm64, x86_64"),
        ("release_packages", {"a": 1}, "give a value of type list of str"),
    ],
)
def test_a_value_that_does_not_fit(name: str, value: object, fix: str) -> None:
    problem = f"environment: the value of {name} does not fit"
    assert message(name, value) == f"{problem}\n  found: {value!r} in all.yml\n  fix: {fix}"


@pytest.mark.parametrize("value", [None, ""])
def test_a_required_variable_with_nothing_in_it(value: object) -> None:
    with pytest.raises(RefusedError, match=r"fix: set it there\. The image\.$"):
        check_required([Setting("release_image", value, "all.yml")], ["release_image"], "all.yml", INTERFACES)
    check_required([Setting("release_image", "an image", "-e")], ["release_image"], "all.yml", INTERFACES)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:5566", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:5566", True),
        ("http://localhost:5566", False),
        ("http://127.0.0.1.example.com", False),
        ("https://ec2.amazonaws.com", False),
        ("http://0.0.0.0:5566", False),
        ("127.0.0.1:5566", False),
    ],
)
def test_loopback_is_an_address(url: str, loopback: bool) -> None:
    assert aws.is_loopback(url) is loopback


@pytest.mark.parametrize("name", ["sandbox", "staging", "production"])
def test_each_inventory_finds_hosts_of_its_own_environment_only(name: str) -> None:
    folder = PROJECT / "inventory" / name
    hosts = yaml.safe_load((folder / "hosts.aws_ec2.yml").read_text())
    assert hosts["filters"]["tag:Environment"] == name
    assert hosts["filters"]["tag:Project"] == "longshore"
    assert hosts["regions"] == [yaml.safe_load((folder / "environment.yml").read_text())["region"]]
    address = "ec2_private_ip_address" if name == "sandbox" else "ec2_public_ip_address"
    assert hosts["compose"]["ansible_host"] == address
