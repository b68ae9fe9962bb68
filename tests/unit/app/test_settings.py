import pytest

from app.settings import Settings, SettingsError


def problems(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environ)
    return str(caught.value)


def test_nothing_set_runs_both_agents_on_port_5000() -> None:
    settings = Settings.read({})

    assert settings.roles == ("planner", "solver")
    assert settings.bind == "0.0.0.0:5000"
    assert not settings.behind_proxy


def test_empty_value_counts_as_unset() -> None:
    assert Settings.read({"AGENT_ROLE": "", "PROXY_SOCKET": " ", "THREADS": ""}) == Settings()


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.read(
        {
            "AGENT_ROLE": "planner",
            "BIND": "unix:/run/app/app.sock",
            "PROXY_SOCKET": "/run/proxy/proxy.sock",
            "WORKERS": "2",
            "THREADS": "8",
            "RELEASE": "7",
            "UNRELATED": "is not ours to judge",
        }
    )

    assert settings.roles == ("planner",)
    assert settings.behind_proxy
    assert (settings.workers, settings.threads, settings.release) == (2, 8, "7")


def test_all_problems_are_listed_at_once() -> None:
    assert problems(
        AGENT_ROLE="planer", BIND="nowhere", WORKERS="0", THREADS="many", LOG_LEVEL="loud", PROXY_SOCKET="proxy.sock"
    ) == (
        "settings: AGENT_ROLE names no agent\n"
        "  found: AGENT_ROLE=planer\n"
        "  fix: use planner or solver, or unset it to run both\n"
        "settings: BIND is not an address\n"
        "  found: BIND=nowhere\n"
        "  fix: use HOST:PORT or unix:/absolute/path\n"
        "settings: PROXY_SOCKET needs an absolute path\n"
        "  found: PROXY_SOCKET=proxy.sock\n"
        "  fix: start the path with /\n"
        "settings: WORKERS is out of range\n"
        "  found: WORKERS=0\n"
        "  fix: use a whole number from 1 to 16, or unset it\n"
        "settings: THREADS is out of range\n"
        "  found: THREADS=many\n"
        "  fix: use a whole number from 2 to 512, or unset it\n"
        "settings: LOG_LEVEL is not one of its values\n"
        "  found: LOG_LEVEL=loud\n"
        "  fix: use debug or info or warning or error or critical"
    )


def test_planner_without_a_solver_socket_is_refused() -> None:
    assert problems(AGENT_ROLE="planner") == (
        "settings: the planner alone cannot reach the solver\n"
        "  found: AGENT_ROLE=planner and no PROXY_SOCKET\n"
        "  fix: set PROXY_SOCKET to the proxy's internal socket, or unset AGENT_ROLE to run both agents"
    )


@pytest.mark.parametrize("bind", ["127.0.0.1:0", "127.0.0.1:70000", "host", ":5000", "http://host:1", "unix:app.sock"])
def test_invalid_bind_address_is_refused(bind: str) -> None:
    assert f"BIND={bind}" in problems(BIND=bind)


@pytest.mark.parametrize("bind", ["127.0.0.1:80", "localhost:5000", "[::]:5000", "unix:/run/app/app.sock"])
def test_valid_bind_address_is_accepted(bind: str) -> None:
    assert Settings.read({"BIND": bind}).bind == bind


def test_socket_path_longer_than_the_kernel_allows_is_refused() -> None:
    longest = "/" + "a" * 106

    assert Settings.read({"BIND": f"unix:{longest}"}).bind == f"unix:{longest}"
    assert "BIND is longer than a unix socket's path may be\n  found: 108 bytes" in problems(BIND=f"unix:{longest}a")
