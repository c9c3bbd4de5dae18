"""A cloud for `delivery.sh`: its programs on a PATH of their own, answered by the test itself.

Each program is `program.sh` under its name, which brings its words here; what
it prints is decided in `programs.py`. Each call is kept.
"""

import os
import socket
import subprocess
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any, BinaryIO

from seatrial.pipeline.delivery import Delivery, Stage
from seatrial.pipeline.names import stack_role
from seatrial.pipeline.script import build_variables, script, steps, unbuilt, variables
from tests.pipeline.programs import ACCOUNT, PROGRAMS, Call, Refused, State, answer

PROGRAM = Path(__file__).with_name("program.sh")


@dataclass
class Cloud:
    """What a delivery meets, in a folder of its own."""

    folder: Path
    port: int
    state: State
    called: list[list[str]] = field(default_factory=list)

    def keep(self, changes: Mapping[str, Any]) -> None:
        self.state = replace(self.state, **changes)

    def calls(self, start: str = "") -> list[list[str]]:
        """Give the calls whose words start like this, in their order."""
        return [each for each in self.called if " ".join(each).startswith(start)]

    def forget(self) -> None:
        self.called.clear()

    def run(self, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the script."""
        plain = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "CLOUD_PORT": str(self.port),
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "AWS_REGION": "us-east-1",
            "IMAGE_TAG": "c0ffee1",
            "PAUSE": "0",
        }
        return subprocess.run(
            ["bash", str(self.folder / "delivery.sh"), *words],
            env=plain | told,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def build(self, delivery: Delivery, part: str, **more: str) -> subprocess.CompletedProcess[str]:
        image = next(each for each in delivery.images if each.part == part)
        return self.run("build", part, **{**build_variables(delivery, image), **more})

    def step(
        self, name: str, delivery: Delivery, stage: Stage, **more: str
    ) -> subprocess.CompletedProcess[str]:
        sites = {each.part: unbuilt(delivery, each) for each in stage.sites}
        told = variables(delivery, stage, sites) | {
            "TEMPLATES": "templates",
            "STACK_ROLE": f"arn:aws:iam::{ACCOUNT}:role/{stack_role(stage)}",
        }
        return self.run(name, **{**told, **more})

    def deliver(self, delivery: Delivery, stage: Stage, **more: str) -> str:
        """Run all steps as the workflow does; give the step that failed, or nothing."""
        change, after = steps(stage)
        for each in ["template", *change, *after]:
            done = self.step(each, delivery, stage, **more)
            if done.returncode:
                undone = self.step("rollback", delivery, stage, **more)
                assert undone.returncode == 0, undone.stderr
                return f"{each}: {done.stderr}{undone.stderr}"
        return ""

    def answer(self, call: Call) -> tuple[int, bytes]:
        """Give a call's exit code and what it prints: where it fails, why."""
        self.called.append(call.words)
        try:
            said = answer(self.state, call)
        except Refused as refused:
            return refused.code, f"{refused}\n".encode()
        except Exception:
            return 1, traceback.format_exc().encode()
        return 0, said if isinstance(said, bytes) else f"{said}\n".encode()


@contextmanager
def cloud_in(folder: Path) -> Iterator[Cloud]:
    """Have the programs of a folder answer, one call after the other."""
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        (folder / "bin" / name).symlink_to(PROGRAM)
    (folder / "temp").mkdir()
    (folder / "delivery.sh").write_text(script())

    def hear(connection: socket.socket, *_: object) -> None:
        with connection.makefile("rwb") as stream:
            code, said = cloud.answer(_read(stream))
            stream.write(b"%d\n%b" % (code, said))

    with TCPServer(("127.0.0.1", 0), hear) as server:
        cloud = Cloud(folder, server.server_address[1], State(folder))
        thread = Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield cloud
        finally:
            server.shutdown()
            thread.join()


def _read(stream: BinaryIO) -> Call:
    """Read what `program.sh` writes: how many texts there are, then each with a zero after it."""
    count = int(stream.readline())
    read = b""
    while read.count(b"\0") < count:
        more = stream.read1()
        assert more, "a program went away in the middle of its words"
        read += more
    typed, folder, *words = read.decode().split("\0")[:-1]
    return Call(words, Path(folder), typed)
