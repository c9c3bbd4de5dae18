"""Keep a supervisor alive: start it again when it dies, and be started again by it.

    python warden.py STATE_DIR [--adopt PID:START:BOOT] [--ready] -- ARGV...

Takes the supervisor's command line. Ends with 0 when the supervisor has ended with 0
or has said that its end is meant, with 1 when it has given up. Reaps the tasks that a
dead supervisor leaves; it never ends a task, and never looks at what one does.

The two hold each other by pidfd. Signals to the warden: SIGUSR2 the supervisor is
ready, SIGUSR1 its end is meant, SIGTERM end it. Standard library only and run as a
file, without the package, so that it stays a few megabytes small.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LINUX = sys.platform == "linux"
# The interpreter without its virtual environment starts sooner.
INTERPRETER: str = getattr(sys, "_base_executable", None) or sys.executable
VARIABLE = "SEATRIAL_WARDEN"
LOG = "warden.log"
LOCK = "warden.lock"

DEATHS = 10
WINDOW = 60.0
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
# A warden that cannot do its work ends within this time.
YOUNG = 0.25
# How often a death is looked for where no pidfd tells it.
LOOK = 0.5
READY = signal.SIGUSR2
MEANT = signal.SIGUSR1
SIGNALS = (signal.SIGCHLD, signal.SIGTERM, READY, MEANT)


def warden_command(
    folder: "Path", argv: "Sequence[str]", adopt: str = "", *, ready: bool = False
) -> list[str]:
    """Give the command line of a warden; `adopt` names a supervisor that already runs."""
    options = [*(["--adopt", adopt] if adopt else []), *(["--ready"] if ready else [])]
    return [INTERPRETER, "-I", "-S", __file__, str(folder), *options, "--", *argv]


def start_warden(
    folder: "Path", argv: "Sequence[str]", adopt: str = "", *, ready: bool = False
) -> int:
    """Start a warden that writes to `warden.log` in `folder`; give its pid.

    It leaves the caller's session by itself and outlives it.
    """
    log = os.path.join(folder, LOG)  # noqa: PTH118 - no pathlib in the warden
    return os.posix_spawn(
        INTERPRETER,
        warden_command(folder, argv, adopt, ready=ready),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        # Until it has its handlers, nothing that it is told may end it.
        setsigmask=SIGNALS,
    )


class Guard:
    """The supervisor's hold on its warden; needs a running event loop.

    `argv` is the supervisor's own command line, for a warden to start it again.
    """

    def __init__(self, folder: "Path", argv: "Sequence[str]") -> None:
        self._folder = folder
        self._argv = tuple(argv)
        self._warden = os.environ.get(VARIABLE, "")
        self._ready = False
        self._pause = 0.0
        self._started = 0.0
        self._release: Callable[[], None] = _do_nothing

    @property
    def warden(self) -> str:
        """Name the warden, `pid:start:boot`; empty before the first."""
        return self._warden

    def watch(self) -> None:
        """Start a new warden now if there is none, and whenever it dies."""
        import asyncio  # noqa: PLC0415 - the warden itself does without

        loop = asyncio.get_running_loop()
        self._release()
        watched = _open_pidfd(self._warden)
        if watched is not None:
            self._release = partial(self._let_go, watched)
            loop.add_reader(watched, self._notice)
            return
        _reap(self._warden)
        if not LINUX and is_alive(self._warden):
            self._release = loop.call_later(LOOK, self.watch).cancel
        else:
            self._release = loop.call_later(self._pause, self._start).cancel

    def ready(self) -> None:
        """Tell the warden that the system is up: earlier deaths are forgiven."""
        self._ready = True
        _send(self._warden, READY)

    def dismiss(self) -> None:
        """Tell the warden that the coming end is meant, and stop watching it."""
        self.close()
        _send(self._warden, MEANT)

    def close(self) -> None:
        """Stop watching; the warden stays."""
        self._release()
        self._release = _do_nothing

    def _let_go(self, watched: int) -> None:
        import asyncio  # noqa: PLC0415 - as in watch

        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)

    def _notice(self) -> None:
        self.close()
        _reap(self._warden)
        # One that dies young is waited for longer each time.
        young = time.monotonic() - self._started < YOUNG
        self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE) if young else 0.0
        self.watch()

    def _start(self) -> None:
        self._release = _do_nothing
        pid = start_warden(self._folder, self._argv, identify(os.getpid()), ready=self._ready)
        self._started = time.monotonic()
        self._warden = identify(pid)
        if self._warden:
            self.watch()
        else:
            self._warden = f"{pid}:0:-"
            self._notice()


class Warden:
    """The warden itself, one thread that sleeps until a signal or a death."""

    def __init__(self, folder: str, argv: "Sequence[str]", adopted: str, *, ready: bool) -> None:
        self._folder = folder
        self._argv = argv
        self._supervisor = adopted
        self._pidfd = _open_pidfd(adopted) if adopted else None
        self._child = 0  # its pid, where the supervisor is a child of ours
        self._code: int | None = None
        self._ready = ready
        self._meant = False
        self._deaths: list[float] = []

    def run(self) -> int:
        """Keep the supervisor alive until it ends by its own will; give the exit code."""
        lock = _lock(os.path.join(self._folder, LOCK))  # noqa: PTH118 - no pathlib here
        if lock is None:
            say("another warden holds this folder")
            return 0
        _become_subreaper()
        wake = _catch_signals()
        if not self._supervisor:
            self._start()
        while True:
            while not self._has_ended():
                self._listen(wake, None)
            # Its last word may have come together with its end.
            self._listen(wake, 0)
            if self._meant or self._code == 0:
                return 0
            pause = self._count_death()
            if pause is None:
                return 1
            until = time.monotonic() + pause
            while not self._meant and (left := until - time.monotonic()) > 0:
                self._listen(wake, left)
            if self._meant:
                return 0
            self._start()

    def _has_ended(self) -> bool:
        if self._child:
            return self._code is not None
        return not is_alive(self._supervisor)

    def _count_death(self) -> "float | None":
        """Give the seconds to wait before the next start; None to give up."""
        said = "unknown, it was adopted" if self._code is None else str(self._code)
        now = time.monotonic()
        if self._ready:
            self._deaths = []
        self._deaths = [*(then for then in self._deaths if now - then < WINDOW), now]
        self._ready = False
        count = len(self._deaths)
        if count >= DEATHS:
            say(
                f"given up: the supervisor ended {count} times within {WINDOW:.0f} s"
                f" without being ready, the last time with code {said}"
            )
            return None
        pause = 0.0 if count == 1 else min(FIRST_PAUSE * 2 ** (count - 2), LONGEST_PAUSE)
        say(f"the supervisor ended (code {said}); starting it again in {pause:.1f} s")
        return pause

    def _start(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
        self._code = None
        environ = {**os.environ, VARIABLE: identify(os.getpid())}
        # A signal to the child waits until it is no longer the warden's handler that takes it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if not pid:
            try:
                os.setsid()
                for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGINT, *SIGNALS):
                    signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, ())
                os.execvpe(self._argv[0], list(self._argv), environ)  # noqa: S606 - never a shell
            except OSError as error:
                say(f"cannot run {self._argv[0]}: {error.strerror}")
            finally:
                os._exit(127)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        # It may be dead already, and then only its pid tells whose end is reaped.
        self._child = pid
        self._supervisor = identify(pid)
        self._pidfd = _open_pidfd(self._supervisor)

    def _listen(self, wake: int, seconds: "float | None") -> None:
        """Sleep until something happens, then take note of it."""
        if not LINUX and not self._child:
            seconds = min(seconds or LOOK, LOOK)  # an adopted process tells nobody of its end there
        waiting = select.poll()
        waiting.register(wake, select.POLLIN)
        if self._pidfd is not None and not self._child and not self._has_ended():
            waiting.register(self._pidfd, select.POLLIN)
        waiting.poll(None if seconds is None else max(1, int(seconds * 1000)))
        try:
            told = os.read(wake, 512)
        except BlockingIOError:
            told = b""
        self._ready = self._ready or READY in told
        self._meant = self._meant or MEANT in told
        if signal.SIGTERM in told:
            self._meant = True
            _send(self._supervisor, signal.SIGTERM)
        self._reap_all()

    def _reap_all(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid == self._child:
                self._code = os.waitstatus_to_exitcode(status)


def identify(pid: int) -> str:
    """Name a process, `pid:start:boot`, as `process.Identity` writes it; empty if it is gone.

    Outside Linux only the pid is true.
    """
    if not LINUX:
        return f"{pid}:0:-"
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - no pathlib here
            line = file.read()
        with open("/proc/sys/kernel/random/boot_id") as file:  # noqa: PTH123 - no pathlib here
            boot = file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = line[line.rindex(b")") + 2 :].split()
    return "" if fields[0] in b"ZX" else f"{pid}:{int(fields[19])}:{boot}"


def is_alive(word: str) -> bool:
    """Tell whether the process that `identify` named still runs; a zombie does not."""
    pid = int(word.partition(":")[0] or 0)
    if not LINUX and pid:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return pid > 0 and identify(pid) == word


def say(text: str) -> None:
    """Write one line to the log."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    os.write(2, f"{moment} warden: {text}\n".encode())


def _send(word: str, number: int) -> None:
    if not LINUX:
        if is_alive(word):
            os.kill(int(word.partition(":")[0]), number)
        return
    pidfd = _open_pidfd(word)
    if pidfd is not None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, number)
        os.close(pidfd)


def _open_pidfd(word: str) -> "int | None":
    """Open a pidfd of the process that is named; None if it is gone, or there are no pidfds."""
    if not LINUX or not word:
        return None
    try:
        pidfd = os.pidfd_open(int(word.partition(":")[0]))
    except ProcessLookupError:
        return None
    if is_alive(word):
        return pidfd
    os.close(pidfd)
    return None


def _reap(word: str) -> None:
    """Reap a warden that was our child."""
    with suppress(ChildProcessError):
        if word:
            os.waitpid(int(word.partition(":")[0]), os.WNOHANG)


def _lock(path: str) -> "int | None":
    import fcntl  # noqa: PLC0415 - not on the supervisor's way

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _become_subreaper() -> None:
    """Take on the orphans of the supervisor, so that they do not stay zombies (Linux)."""
    if LINUX:
        import ctypes  # noqa: PLC0415 - not on the supervisor's way

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _catch_signals() -> int:
    """Turn the signals into bytes on a descriptor, which is given."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return reader


def _do_nothing() -> None:
    """Hold nothing."""


def main(words: "Sequence[str]") -> int:
    """Read the command line, be the warden."""
    end = words.index("--")
    folder, *options = words[:end]
    adopted = options[options.index("--adopt") + 1] if "--adopt" in options else ""
    with suppress(PermissionError):  # it leads its session or process group already
        os.setsid()
    return Warden(folder, words[end + 1 :], adopted, ready="--ready" in options).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
