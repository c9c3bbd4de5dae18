import psycopg
import pytest

from seatrial.local.addresses import Address
from seatrial.local.engines.postgres.settings import (
    quote,
    render_access,
    render_passfile,
    render_settings,
    render_upstream,
)

HERE = Address("127.9.1.1", 5432)


def read(text: str) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in text.splitlines())


def test_a_server_listens_on_its_own_address_and_on_no_socket_file():
    settings = read(render_settings({}, HERE, "/x/pg_hba.conf", upstream=None, synchronous=None))
    assert settings["listen_addresses"] == "'127.9.1.1'"
    assert settings["port"] == "'5432'"
    assert settings["unix_socket_directories"] == "''"


def test_the_names_of_standbys_are_always_written():
    alone = read(render_settings({}, HERE, "x", upstream=None, synchronous=None))
    assert alone["synchronous_standby_names"] == "''"
    paired = read(render_settings({}, HERE, "x", upstream=None, synchronous="db-2"))
    assert paired["synchronous_standby_names"] == "'FIRST 1 (\"db-2\")'"


def test_the_parameter_group_changes_what_is_not_ours():
    parameters = {
        "work_mem": "8MB",
        "timezone": "Europe/Berlin",
        "listen_addresses": "*",
        "FSYNC": "on",
        "Unix_Socket_Directories": "/tmp",
    }
    settings = read(render_settings(parameters, HERE, "x", upstream=None, synchronous=None))
    assert settings["work_mem"] == "'8MB'"
    assert settings["timezone"] == "'Europe/Berlin'"
    assert settings["listen_addresses"] == "'127.9.1.1'"
    assert "Unix_Socket_Directories" not in settings


def test_a_value_cannot_become_another_setting():
    assert quote("a'b\\c") == "'a''b\\\\c'"
    with pytest.raises(ValueError, match="line"):
        quote("off'\nlisten_addresses = '*")


def test_the_way_to_the_primary_names_a_file_instead_of_a_password():
    words = psycopg.conninfo.conninfo_to_dict(render_upstream(HERE, "/a b/it's/passfile", "db-2"))
    assert words["passfile"] == "/a b/it's/passfile"
    assert words["application_name"] == "db-2"
    assert "password" not in words


def test_a_passfile_holds_any_password():
    assert render_passfile({"a": r"x:y\z"}) == "*:*:*:a:x\\:y\\\\z\n"


def test_nobody_comes_in_without_a_password_or_from_elsewhere():
    for line in render_access().splitlines():
        assert line.endswith("scram-sha-256")
        assert "127.0.0.0/8" in line or "::1/128" in line
