"""Which hosts count as dying: those that exit at once, again and again, and no others."""

from datetime import UTC, datetime, timedelta

from sandbox.hypervisor.boots import Boots
from sandbox.hypervisor.reconcile import Death, Host, Start

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def ended(booted: float, died: float, code: int = 255) -> list[Host]:
    return [Host("i-1", False, after(booted), death=Death(code, after(died)))]


def test_host_that_dies_at_two_boots_in_a_row_is_dying() -> None:
    boots = Boots()
    boots.watch(ended(0, 0.1), after(1))
    # The same end is seen twice.
    boots.watch(ended(0, 0.1), after(1.1))
    assert boots.for_good() == {}
    boots.watch(ended(2, 2.1, 1), after(3))
    assert [(dying.boots, dying.exit_code) for dying in boots.for_good().values()] == [(2, 1)]


def test_dying_host_stays_dying_until_it_stays_up() -> None:
    boots = Boots()
    boots.watch(ended(0, 0.1), after(1))
    boots.watch(ended(2, 2.1), after(3))
    boots.watch([Host("i-1", True, after(13))], after(13.5))
    assert list(boots.for_good()) == ["i-1"]
    boots.watch([Host("i-1", True, after(13))], after(23))
    assert boots.for_good() == {}


def test_rebooted_host_is_not_dying() -> None:
    boots = Boots()
    boots.watch(ended(0, 4, 130), after(5))
    boots.watch(ended(5, 60, 130), after(61))
    boots.watch(ended(61, 65, 130), after(66))
    assert boots.for_good() == {}


def test_hosts_stopped_with_their_engine_are_not_dying() -> None:
    boots = Boots()
    for hour in (1, 2, 3):
        boots.watch(ended((hour - 1) * 3600, hour * 3600), after(hour * 3600 + 1))
    assert boots.for_good() == {}


def test_removed_host_is_forgotten() -> None:
    boots = Boots()
    boots.watch(ended(0, 0.1), after(1))
    boots.watch([], after(2))
    boots.watch(ended(2, 2.1), after(3))
    assert boots.for_good() == {}


def test_dying_host_is_booted_every_ten_seconds() -> None:
    boots = Boots()
    boots.watch(ended(0, 0.1), after(1))
    assert not boots.too_soon(Start("i-1"), after(1))
    boots.watch(ended(2, 2.1), after(3))
    assert boots.too_soon(Start("i-1"), after(3))
    assert not boots.too_soon(Start("i-1"), after(12.2))
    assert not boots.too_soon(Start("i-2"), after(3))
