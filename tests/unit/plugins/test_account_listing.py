"""What of an account is an environment's to remove, as AWS describes it where the tests' stand-in says less?"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.longshore.app.plugins.module_utils.account_listing import WITH_HOST, interface, told, volume

HOSTS = {"i-ours"}
TAGS = {"Project": "longshore", "Environment": "here"}


@pytest.mark.parametrize(
    ("attachments", "state", "holder"),
    [
        ([], "available", ""),
        ([], "deleting", WITH_HOST),
        ([{"InstanceId": "i-ours", "DeleteOnTermination": True}], "in-use", WITH_HOST),
        ([{"InstanceId": "i-ours", "DeleteOnTermination": False}], "in-use", ""),
        ([{"InstanceId": "i-theirs", "DeleteOnTermination": True}], "in-use", "i-theirs"),
    ],
)
def test_who_holds_a_volume(attachments: list[dict[str, Any]], state: str, holder: str) -> None:
    described = {"VolumeId": "vol-1", "State": state, "Attachments": attachments}
    assert volume("data", described, HOSTS) == {"id": "vol-1", "name": "data", "holder": holder}


@pytest.mark.parametrize(
    ("attachment", "holder"),
    [
        (None, ""),
        ({"InstanceId": "i-ours", "DeleteOnTermination": True}, WITH_HOST),
        ({"InstanceId": "i-ours", "DeleteOnTermination": False}, ""),
        ({"InstanceId": "i-theirs", "DeleteOnTermination": False}, "i-theirs"),
        ({"InstanceOwnerId": "amazon-elb", "DeleteOnTermination": False}, "amazon-elb"),
    ],
)
def test_who_holds_an_interface(attachment: dict[str, Any] | None, holder: str) -> None:
    described = {"NetworkInterfaceId": "eni-1", **({"Attachment": attachment} if attachment else {})}
    assert interface("", described, HOSTS) == {"id": "eni-1", "name": "", "holder": holder}


def test_what_is_told_of_an_account() -> None:
    def part(identifier: str, holder: str = "") -> dict[str, str]:
        return {"id": identifier, "name": "", "holder": holder}

    held = {
        "instances": [],
        "addresses": [],
        "networks": {kind: [] for kind in ("vpcs", "subnets", "gateways", "route_tables", "security_groups")},
        "volumes": [part("vol-1"), part("vol-2", WITH_HOST), part("vol-3", "i-theirs")],
        "interfaces": [part("eni-1")],
        "snapshots": [part("snap-1", "ami-1")],
        "roles": [{"name": "r", "path": "/longshore/here/"}, {"name": "s", "path": "/"}],
        "profiles": [],
        "key": None,
        "key_pairs": [{"id": "key-1", "name": "second"}],
        # The tag API tells of a volume that is gone, and of a kind that nobody asks for.
        "tags": [
            {"ResourceType": kind, "ResourceId": identifier, "Key": key, "Value": value}
            for kind, identifier in (("volume", "vol-9"), ("image", "ami-9"))
            for key, value in TAGS.items()
        ],
    }
    facts = told(held, TAGS, "/longshore/here/")
    assert facts["listing"] == ["volume vol-1", "role r", "key pair key-1 second", "network interface eni-1"]
    assert facts["others"] == [
        "image ami-9",
        "volume vol-3, which i-theirs holds",
        "snapshot snap-1, which ami-1 holds",
        "role /s",
    ]
    assert (facts["roles"], facts["volumes"], facts["snapshots"]) == (["r"], [part("vol-1")], [])
    assert "tags" not in facts
