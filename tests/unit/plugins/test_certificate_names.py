"""Are a certificate's names written as it has them once it is issued, so that the next run finds them unchanged?"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILTERS = Path(__file__).resolve().parents[3] / "plugins" / "filter" / "alternative_name.py"


@pytest.mark.parametrize(
    ("name", "alternative"),
    [
        ("App.Example.org", "DNS:app.example.org"),
        ("web-1", "DNS:web-1"),
        ("203.0.113.10", "IP:203.0.113.10"),
        ("2001:db8::1", "IP:2001:db8::1"),
        ("2001:DB8:0:0:0:0:0:0001", "IP:2001:db8::1"),
        ("::1", "IP:::1"),
        ("fe80::1%eth0", "IP:fe80::1"),
        ("1.2.3", "DNS:1.2.3"),
    ],
)
def test_in_the_form_of_a_certificate(name: str, alternative: str) -> None:
    specification = importlib.util.spec_from_file_location("names", FILTERS)
    assert specification is not None
    assert specification.loader is not None
    names = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(names)
    assert names.FilterModule().filters()["alternative_name"](name) == alternative
