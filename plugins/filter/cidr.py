"""Networks in CIDR notation: what is wrong with one, and how it is divided into subnets."""

import ipaddress
from collections.abc import Callable
from typing import Any

# Amazon's limits of a VPC's and a subnet's size; two subnets of the smallest size need a /27.
LARGEST = 16
SMALLEST = 27
SMALLEST_SUBNET = 28


def cidr_problem(value: object) -> str:
    """Why a value is no IPv4 network, as in `10.20.0.5/16 has host bits set`; empty when it is one."""
    if "/" not in str(value):
        return "it has no /prefix length"
    try:
        ipaddress.IPv4Network(str(value))
    except ValueError as error:
        return str(error)
    return ""


def vpc_cidr_problem(value: str) -> str:
    """Why a value can't be the network of a VPC with two subnets; empty when it can."""
    problem = cidr_problem(value)
    if problem:
        return problem
    length = ipaddress.IPv4Network(value).prefixlen
    return "" if LARGEST <= length <= SMALLEST else f"a VPC is between /{LARGEST} and /{SMALLEST}"


def subnet_cidrs(value: str, count: int) -> list[str]:
    """The first `count` subnets, each a sixteenth of the network or the smallest that Amazon allows."""
    network = ipaddress.IPv4Network(value)
    subnets = network.subnets(new_prefix=min(network.prefixlen + 4, SMALLEST_SUBNET))
    return [str(subnet) for _, subnet in zip(range(count), subnets, strict=False)]


class FilterModule:
    """The filters, by the names that tasks use."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name each filter."""
        return {"cidr_problem": cidr_problem, "vpc_cidr_problem": vpc_cidr_problem, "subnet_cidrs": subnet_cidrs}
