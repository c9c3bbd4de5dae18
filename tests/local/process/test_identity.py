import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.process.identity import Identity, identify, is_alive, send_signal

identities = st.builds(
    Identity, st.integers(1, 1 << 22), st.integers(0, 1 << 63), st.uuids().map(str)
)


@given(identities)
def test_it_goes_through_json_and_words(identity: Identity) -> None:
    assert Identity.from_json(identity.as_json()) == identity
    assert Identity.from_word(str(identity)) == identity


@pytest.mark.parametrize("values", [None, {}, {"pid": 0, "start": 1, "boot": "b"}, [1, 2, "b"]])
def test_anything_else_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="not a process identity"):
        Identity.from_json(values)


def test_only_the_very_process_is_alive() -> None:
    own = identify(os.getpid())
    assert own
    assert is_alive(own)
    assert not is_alive(replace(own, start=own.start + 1))
    assert not is_alive(replace(own, boot="another boot"))


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""], stdout=subprocess.PIPE) as child:
        identity = identify(child.pid)
        assert child.stdout
        child.stdout.read()  # ends when the child does; it is not reaped before `wait`
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert identify(child.pid) is None
        assert not (identity and is_alive(identity))


def test_a_signal_reaches_only_who_was_meant() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        identity = identify(child.pid)
        assert identity
        assert not send_signal(replace(identity, start=1), signal.SIGKILL)
        assert child.poll() is None
        assert send_signal(identity, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert not send_signal(identity, signal.SIGKILL)


def test_a_program_name_with_brackets_is_read(tmp_path: object) -> None:
    script = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'a) R 1 (b', 0, 0, 0);"
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        before = identify(child.pid)
        child.stdout.readline()
        assert identify(child.pid) == before is not None
        child.communicate()
