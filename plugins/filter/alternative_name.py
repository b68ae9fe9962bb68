"""What a certificate is for, written as a certificate has it once it is issued."""

import ipaddress
from collections.abc import Callable


def alternative_name(name: object) -> str:
    """A DNS name or an address as a subject alternative name, like `DNS:app.example.org` or `IP:2001:db8::1`.

    An address has many spellings and is read back from a certificate in one. What names the interface of a link-local
    address (`%eth0`) means something on one machine only, and is no part of a certificate.
    """
    text = str(name).lower()
    try:
        return f"IP:{ipaddress.ip_address(text.partition('%')[0])}"
    except ValueError:
        return f"DNS:{text}"


class FilterModule:
    """The filters, by the names that tasks use."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name each filter."""
        return {"alternative_name": alternative_name}
