"""What a server reads: no value ends its line, and the token does not stand in the open."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.addresses import Address
from seatrial.local.engines.redis.settings import REFUSED, render_settings

HERE, THERE = Address("127.0.1.1", 6379), Address("127.0.2.1", 6380)


def rendered(parameters: dict[str, str] | None = None, **words: object) -> list[str]:
    values: dict[str, object] = {
        "password": "t0ken",
        "admin": "0urs",
        "memory": 0,
        "upstream": None,
        **words,
    }
    text = render_settings(HERE, "/data", parameters or {}, **values)  # type: ignore[arg-type]
    return text.splitlines()


def test_it_listens_where_it_should_and_writes_nothing() -> None:
    lines = rendered(memory=1024)
    assert {'bind "127.0.1.1"', 'port "6379"', 'save ""', 'appendonly "no"'} <= set(lines)
    assert 'maxmemory "1024"' in lines
    assert not any(line.startswith("replicaof") for line in lines)
    assert "replicaof 127.0.2.1 6380" in rendered(upstream=THERE)


def test_programs_log_in_by_the_token_and_may_not_do_what_elasticache_refuses() -> None:
    (user,) = [line for line in rendered() if line.startswith("user default")]
    assert hashlib.sha256(b"t0ken").hexdigest() in user
    assert "t0ken" not in "\n".join(rendered())
    assert {f"-{each}" for each in REFUSED} <= set(user.split())


def test_a_buffers_limits_are_one_setting_here() -> None:
    lines = rendered(
        {
            "client-output-buffer-limit-pubsub-hard-limit": "100",
            "client-output-buffer-limit-pubsub-soft-seconds": "60",
            "timeout": "30",
            "close-on-replica-write": "yes",
            "appendonly": "yes",
        }
    )
    assert "client-output-buffer-limit pubsub 100 0 60" in lines
    assert 'timeout "30"' in lines
    assert not any("close-on" in line for line in lines)
    assert 'appendonly "yes"' not in lines


@given(st.text(max_size=30))
def test_no_value_can_end_its_line(value: str) -> None:
    if any("\ud800" <= each <= "\udfff" for each in value):
        return
    plain = len(rendered({"notify-keyspace-events": ""}))
    assert len(rendered({"notify-keyspace-events": value})) == plain
