"""Where an operator may set a variable: is it looked at wherever Ansible reads it?"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.ansible.test_environment import PROJECT, provision, refused, run

if TYPE_CHECKING:
    pass

MENDED = "  fix: did you mean release_image? If it is your own, list it in own_variables of environment.yml"
IMAGE = "docker.io/acme/agents:1.1.0"


@pytest.fixture
def servers(tmp_path: Path) -> Path:
    """An environment of own servers, one of them listed."""
    folder = tmp_path / "inventory" / "servers"
    shutil.copytree(PROJECT / "inventory" / "byo", folder)
    (folder / "hosts.yml").write_text("web: {hosts: {web-1: {ansible_host: 203.0.113.10}}}\n")
    return folder


def preflight(source: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("ansible-playbook", source, "longshore.app.preflight", *arguments)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("group_vars/all.yml", f"relase_image: {IMAGE}"),
        ("group_vars/all.yaml", f"relase_image: {IMAGE}"),
        ("group_vars/all.json", f'{{"relase_image": "{IMAGE}"}}'),
        ("group_vars/all", f"relase_image: {IMAGE}"),
        ("group_vars/all/mine.yaml", f"relase_image: {IMAGE}"),
        ("host_vars/web-1.yaml", f"relase_image: {IMAGE}"),
        ("hosts.yml", f"web: {{hosts: {{web-1: {{relase_image: '{IMAGE}'}}}}}}"),
        ("hosts.yml", f"web: {{hosts: {{web-1: }}, vars: {{relase_image: '{IMAGE}'}}}}"),
        ("more.yaml", f"all: {{children: {{web: {{hosts: {{web-2: {{relase_image: '{IMAGE}'}}}}}}}}}}"),
        ("more", f"[web]\nweb-2 relase_image={IMAGE}"),
        ("more.ini", f"[web]\nweb-2\n[web:vars]\nrelase_image={IMAGE}"),
    ],
)
def test_wherever_ansible_reads_it(servers: Path, file: str, text: str) -> None:
    path = servers / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    found = f"  found: relase_image in {os.path.relpath(path, PROJECT)}"
    refused(preflight(servers), "environment: no role has this variable", found, MENDED)


def test_on_the_command_line() -> None:
    refused(
        preflight("inventory/byo", "-e", f"RELASE_IMAGE={IMAGE}"),
        "environment: no role has this variable",
        "  found: RELASE_IMAGE in -e",
        MENDED,
    )


def test_a_misspelt_connection_of_a_host(servers: Path) -> None:
    (servers / "hosts.yml").write_text("web: {hosts: {web-1: {ansible_hots: 203.0.113.10}}}\n")
    refused(
        preflight(servers),
        "environment: Ansible has no such variable",
        f"  found: ansible_hots in {os.path.relpath(servers, PROJECT)}/hosts.yml",
        "  fix: did you mean ansible_host?",
    )


def test_a_chosen_connection_brings_its_own_variables(servers: Path) -> None:
    chroot = "ansible_connection: community.general.chroot, ansible_chroot_exe: /usr/sbin/chroot"
    (servers / "hosts.yml").write_text(f"web: {{hosts: {{web-1: {{{chroot}}}}}}}\n")
    assert preflight(servers).returncode == 0


def test_variables_of_the_operator_s_own(servers: Path) -> None:
    settings = servers / "environment.yml"
    settings.write_text(yaml.safe_dump({**yaml.safe_load(settings.read_text()), "own_variables": ["my_note"]}))
    (servers / "group_vars" / "all.yml").write_text("my_note: mine\n")
    result = preflight(servers, "-e", "my_note=yours")
    assert result.returncode == 0, result.stderr


def test_two_files_of_which_one_would_not_be_read(servers: Path) -> None:
    for ending in ("yml", "yaml"):
        (servers / "group_vars" / f"all.{ending}").write_text("release_slots: 12\n")
    place = f"{os.path.relpath(servers, PROJECT)}/group_vars"
    refused(
        preflight(servers),
        "environment: Ansible would read only one of two files",
        f"  found: {place}/all.yml and not {place}/all.yaml",
        "  fix: put the variables of both into one",
    )


def test_what_ansible_passes_over(servers: Path) -> None:
    for name in (".all.yml", "all.yml~", "all.yml.bak", "notes.md"):
        (servers / "group_vars" / name).write_text("relase_image: nobody reads it\n")
    result = preflight(servers)
    assert result.returncode == 0, result.stderr


def test_a_required_variable_in_a_file_with_another_ending(tmp_path: Path) -> None:
    folder = tmp_path / "inventory" / "production"
    shutil.copytree(PROJECT / "inventory" / "production", folder)
    (folder / "group_vars" / "all.yml").unlink()
    (folder / "group_vars" / "all.yaml").write_text("aws_network_ssh_cidr: 203.0.113.7/32\n")
    refused(
        provision(folder, HOME="/nonexistent"),
        "aws: there are no AWS credentials",
        "  found: Unable to locate credentials",
        "  fix: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )
