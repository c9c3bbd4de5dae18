"""Run as a program between fork and exec: waits for the word to go, then becomes the program.

Takes one argument, the number of the inherited socket, and from it one marshalled
order: (argv, program, environ, folder, user). Until the whole order is there
nothing of the program has run; if the host dies before it, the launcher ends, so
no program ever runs that the host had not recorded. On failure it answers with
the error number; a successful exec closes the socket without a word.

Imports only what is built into the interpreter: starting must cost milliseconds.
"""

import _signal  # type: ignore[import-not-found]  # no stubs; `signal` loads `enum`, 3 ms
import marshal
import posix
import sys

# The system's limit may be without bound, and older kernels close one by one.
HIGHEST_DESCRIPTOR = 1 << 16


def receive(gate: int) -> bytes:
    """Read one order: its length in 8 bytes, then itself; leave if the host is gone."""
    block = b""
    while len(block) < 8 or len(block) < 8 + int.from_bytes(block[:8], "big"):
        more = posix.read(gate, 1 << 20)
        if not more:
            posix._exit(125)
        block += more
    return block[8:]


def enter_user_namespace(user: int) -> None:
    """Be `user` in a new user namespace; outside of it this is still the same owner."""
    import ctypes  # noqa: PLC0415 - costs milliseconds, rarely needed

    outside_user, outside_group = posix.getuid(), posix.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000):  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {outside_user} 1"),
        ("gid_map", f"{user} {outside_group} 1"),
    ):
        file = posix.open(f"/proc/self/{name}", posix.O_WRONLY)
        posix.write(file, text.encode())
        posix.close(file)


def become(gate: int) -> None:
    """Do what the order says; return only by an OSError."""
    argv, program, environ, folder, user = marshal.loads(receive(gate))  # noqa: S302 - from our own host
    posix.setsid()
    # This interpreter ignores them, and what is ignored stays so over an exec.
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    posix.umask(0o077)
    way, number = user
    if way == "namespace":
        enter_user_namespace(number)
    elif way == "setuid":
        posix.setgroups([])
        posix.setgid(number)
        posix.setuid(number)
    posix.chdir(folder)
    posix.execve(program, argv, environ)


def main() -> None:
    """Wait, become the program, or tell why not."""
    gate = int(sys.argv[1])
    posix.closerange(3, gate)
    posix.closerange(gate + 1, HIGHEST_DESCRIPTOR)
    posix.set_inheritable(gate, False)
    try:
        become(gate)
    except OSError as error:
        posix.write(gate, str(error.errno).encode())
        posix._exit(126)


main()
