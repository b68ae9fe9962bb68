#!/usr/bin/python
"""Tells whose AWS account a play's credentials belong to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_identity
short_description: Check which AWS account the credentials belong to
description:
  - Asks AWS which account the credentials of the task belong to, and fails with three lines where AWS does not accept
    them, or where the account is another one.
  - Finds credentials as any AWS tool does, in the environment variables of the task.
options:
  account:
    description: The twelve digits of the account that is expected. Not compared when empty.
    type: str
  endpoint:
    description: Address of a stand-in for AWS. AWS itself when empty.
    type: str
attributes:
  check_mode:
    description: Only asks, and so does the same.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Check that the credentials belong to the account
  longshore.app.aws_identity:
    account: "111122223333"
"""

RETURN = r"""
account:
  description: The account's twelve digits.
  type: str
  returned: success
  sample: "111122223333"
"""

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.longshore.app.plugins.module_utils.engine import three_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


def main() -> None:
    """Ask, compare, and answer with the account."""
    options = {"account": {"type": "str"}, "endpoint": {"type": "str"}}
    module = AnsibleModule(options, supports_check_mode=True)  # type: ignore[no-untyped-call]

    def refuse(problem: str, found: str, fix: str) -> NoReturn:
        module.fail_json(msg=three_lines(f"aws: {problem}", found, fix))
        raise AssertionError

    try:
        import boto3  # noqa: PLC0415 - an environment without an account needs no boto3
        from botocore import exceptions  # noqa: PLC0415
    except ImportError:
        refuse("boto3 is not installed beside Ansible", sys.executable, f"{sys.executable} -m pip install boto3")
    try:
        account = boto3.client("sts", endpoint_url=module.params["endpoint"] or None).get_caller_identity()["Account"]
    except exceptions.ClientError as error:
        refuse(*rejection(error.response["Error"]))
    except (exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        refuse("the sign-on session has ended", str(error), "sign in again: aws sso login")
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        fix = "export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        refuse("there are no AWS credentials", str(error), fix)
    except exceptions.ProfileNotFound as error:
        refuse("the AWS profile does not exist", str(error), "export AWS_PROFILE with a name from ~/.aws/config")
    except exceptions.BotoCoreError as error:
        fix = "check this machine's network, and the region in the environment's file"
        refuse("AWS does not answer", str(error), fix)
    expected = module.params["account"]
    if expected and account != expected:
        fix = "switch AWS_PROFILE or the exported keys, or correct account in the environment's file"
        refuse(
            "the credentials belong to another account", f"{account}, and the environment's account is {expected}", fix
        )
    module.exit_json(changed=False, account=account)


def rejection(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """What AWS's own error about the credentials means to an operator."""
    found = f"{error.get('Code')}: {error.get('Message')}"
    if error.get("Code") in EXPIRED:
        return "the session token has expired", found, "get a new one, such as by aws sso login"
    return "AWS does not accept the credentials", found, "check AWS_PROFILE, or the exported keys"


if __name__ == "__main__":
    main()
