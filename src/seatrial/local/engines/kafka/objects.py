"""What the brokers keep: objects by key, in memory and in one log file.

Takes puts and deletes; each is in the log when the call returns, so `kill -9` loses nothing that
was acknowledged (a power cut may, as with Kafka's own settings). It understands just enough of
what Tansu writes to say where a partition ends, what a group has committed and how long a topic
keeps its records. It opens no socket and knows no clock but that of its own writes.
"""

import json
import mmap
import os
import re
import struct
import time
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from seatrial.local.engines.kafka.meanings import BATCH, COMMIT, META, count, retention
from seatrial.local.engines.kafka.partition import Partition

LOG, NEW_LOG = "objects.log", "objects.new"
STATE = "/-/state"
"""Asked for by the supervisor: how far each group is behind."""
TRIMMED = 64
"""Batches that every group has read, from which on a listing leaves them out."""
WHOLE, REWOUND, NEW = 3.0, 10.0, 60.0
"""Seconds: everything is listed for a group that has just asked for its offset and has none; then
from the first batch on, until it has one; so too for somebody who reads what was left out."""
GARBAGE = 16 * 1024 * 1024
"""Bytes of replaced objects at which the log is written anew, once they are the most of it."""
PUT, DELETE = 1, 2
CHECK = 4
"""Bytes of an entry's checksum."""
ENTRY = struct.Struct(">IBHIQ")
"""The checksum of all that follows it, action, length of key and of body, time in microseconds."""
IN_MEMORY = 16 * 1024
"""Bytes up to which a body is kept in memory; larger ones are read from the log."""


@dataclass(slots=True)
class Stored:
    """One object: where its body is in the log, its size, and when it was written (its version)."""

    at: int
    size: int
    written: int
    body: bytes | None
    listed: str = ""
    """How a listing has it, once it was listed."""

    @property
    def tag(self) -> str:
        """Its ETag: no two writes have the same."""
        return f'"{self.written:x}"'


class Objects:
    """All objects, in memory and in one log."""

    def __init__(self, folder: Path) -> None:
        """Read the log; a last entry that was broken off is cut away."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / NEW_LOG).unlink(missing_ok=True)
        self.folder = folder
        self.partitions: dict[str, Partition] = {}
        self.commits: dict[str, dict[str, dict[int, int]]] = {}
        self.kept: dict[str, int] = {}
        """Topic -> milliseconds that it keeps its records; topics that keep all are not in it."""
        self._folders: dict[str, dict[str, Stored]] = {}
        self._written = 0
        self._garbage = 0
        self._file = os.open(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = 0
        self._replay()

    def get(self, key: str) -> Stored | None:
        """Give an object; None if there is none."""
        folder, _, name = key.rpartition("/")
        return self._folders.get(folder, {}).get(name)

    def read(self, stored: Stored) -> bytes:
        """Give an object's body."""
        if stored.body is not None:
            return stored.body
        return os.pread(self._file, stored.size, stored.at)

    def list(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        """Give the objects whose keys begin so; batches in the order of their offsets."""
        folder, _, start = prefix.rpartition("/")
        if partition := self.partitions.get(prefix):
            yield from self._list_batches(folder, partition)
            return
        if not start:
            yield from (
                (f"{folder}/{name}", e) for name, e in self._folders.get(folder, {}).items()
            )
        for other, objects in list(self._folders.items()):
            if other != folder and other.startswith(prefix):
                yield from ((f"{other}/{name}", each) for name, each in objects.items())

    def reads(self, key: str) -> bool:
        """Say whether an object may be read: not a batch that a listing would leave out.

        A broker lists all batches of a partition whenever it fetches, and goes on listing for no
        longer than the fetch may wait: among thousands of batches it finds nothing. So a listing
        has the first batch, and then those from where the last group is to some way past the
        foremost. A fetch from before that begins with the first batch: it is told that there is
        none, its client tries again, and for a while it is listed from the first on. A fetch from
        beyond it begins with the last one listed: from then on more are.
        """
        if commit := COMMIT.fullmatch(key):
            if (partition := self._committed(commit)) and self.get(key) is None:
                now = time.monotonic()
                partition.whole_until = now + WHOLE
                partition.begun[commit[1]] = now + NEW
            return True
        found = self.partition(key)
        if found is None or time.monotonic() < found[0].whole_until:
            return True
        partition, offset = found
        start, end = self._find_window(partition)
        if end < len(partition.bases) and offset >= partition.bases[end - 1]:
            partition.reached = (2 * partition.reach, time.monotonic() + REWOUND)
        if offset >= partition.bases[start]:
            return True
        known = partition.from_the_first
        if not known or "" in partition.begun:
            partition.begun[""] = time.monotonic() + REWOUND
        return known

    def put(self, key: str, body: bytes) -> Stored:
        """Write an object; it is in the log when this returns. OSError."""
        self._written = written = max(time.time_ns() // 1000, self._written + 1)
        at = self._append(PUT, key, body, written)
        stored = self._take(key, body, at, written)
        if self._garbage > max(GARBAGE, self._size // 2):
            self._write_anew()
        return stored

    def delete(self, key: str) -> None:
        """Remove an object, if there is one. OSError."""
        if self.get(key):
            self._append(DELETE, key, b"", self._written)
            self._drop(key)

    def partition(self, key: str) -> tuple[Partition, int] | None:
        """Give the partition that a key is a batch of, and the batch's offset."""
        found = BATCH.fullmatch(key)
        if found is None:
            return None
        folder = found[1]
        if folder not in self.partitions:
            self.partitions[folder] = Partition(unquote(found[2]), int(found[3]))
        return self.partitions[folder], int(found[4])

    def sweep(self, now: float) -> None:
        """Remove the records that are older than their topic keeps them. OSError."""
        for folder, partition in self.partitions.items():
            kept = self.kept.get(partition.topic)
            if kept is None:
                continue
            oldest = int(now * 1_000_000) - kept * 1000
            # The last batch stays: it tells where the partition ends.
            for base, written in list(zip(partition.bases, partition.written, strict=True))[:-1]:
                if written >= oldest:
                    break
                self.delete(f"{folder}{base:020}.batch")

    def state(self) -> dict[str, dict[str, dict[int, tuple[int, float]]]]:
        """Give by group, topic and partition how many records wait, and the first one's age.

        Only partitions for which the group has committed an offset; the age is in seconds.
        """
        now = time.time() * 1_000_000
        partitions = {(each.topic, each.number): each for each in self.partitions.values()}
        empty = Partition("", 0)
        return {
            group: {
                topic: {
                    number: partitions.get((topic, number), empty).behind(offset, now)
                    for number, offset in committed.items()
                }
                for topic, committed in topics.items()
            }
            for group, topics in self.commits.items()
        }

    def close(self) -> None:
        """Close the log."""
        os.close(self._file)

    def _list_batches(self, folder: str, partition: Partition) -> Iterator[tuple[str, Stored]]:
        bases, objects = partition.bases, self._folders[folder]
        if time.monotonic() >= partition.whole_until:
            start, end = self._find_window(partition)
            if partition.from_the_first:
                start = 0
            bases = [*bases[: min(start, 1)], *bases[start:end]]
        for base in bases:
            name = f"{base:020}.batch"
            yield f"{folder}/{name}", objects[name]

    def _committed(self, commit: re.Match[str]) -> Partition | None:
        """Give the partition that a committed offset is of."""
        place = (unquote(commit[2]), int(commit[3]))
        each = self.partitions.values()
        return next((one for one in each if (one.topic, one.number) == place), None)

    def _find_window(self, partition: Partition) -> tuple[int, int]:
        """Give which batches are listed: from where the last group is to past the foremost."""
        committed = [
            offset
            for of_group in self.commits.values()
            if (offset := of_group.get(partition.topic, {}).get(partition.number)) is not None
        ]
        if not committed:
            return 0, partition.reach if partition.begun else len(partition.bases)
        read = bisect_right(partition.bases, min(committed)) - 1
        foremost = bisect_right(partition.bases, max(committed))
        return read if read > TRIMMED else 0, max(foremost, 1) + partition.reach

    def _take(self, key: str, body: bytes, at: int, written: int) -> Stored:
        """Know an object that is in the log."""
        if old := self.get(key):
            self._garbage += ENTRY.size + len(key) + old.size
        batch = self.partition(key)
        in_memory = None if batch or len(body) > IN_MEMORY else body
        stored = Stored(at, len(body), written, in_memory)
        folder, _, name = key.rpartition("/")
        self._folders.setdefault(folder, {})[name] = stored
        if batch:
            partition, offset = batch
            end = offset + count(body)
            partition.bases.append(offset)
            partition.written.append(written)
            partition.end = max(partition.end, end)
        elif commit := COMMIT.fullmatch(key):
            of_group = self.commits.setdefault(unquote(commit[1]), {})
            committed = of_group.setdefault(unquote(commit[2]), {})
            committed[int(commit[3])] = int(json.loads(body)["offset"])
            if place := self._committed(commit):
                place.begun.pop(commit[1], None)
        elif META.fullmatch(key):
            self.kept = dict(retention(json.loads(body)))
        return stored

    def _drop(self, key: str) -> None:
        folder, _, name = key.rpartition("/")
        old = self._folders[folder].pop(name)
        self._garbage += 2 * (ENTRY.size + len(key)) + old.size
        if not self._folders[folder]:
            del self._folders[folder]
        if batch := self.partition(key):
            batch[0].forget(batch[1])
            if not batch[0].bases:
                # Its topic was removed; one of the same name begins anew.
                del self.partitions[f"{folder}/"]
        elif commit := COMMIT.fullmatch(key):
            of_group = self.commits.get(unquote(commit[1]), {})
            of_group.get(unquote(commit[2]), {}).pop(int(commit[3]), None)

    def _append(self, action: int, key: str, body: bytes, written: int) -> int:
        """Append an entry; give where its body begins. OSError, and then nothing is appended."""
        entry = _entry(action, key, body, written)
        done = 0
        try:
            while done < len(entry):
                done += os.pwrite(self._file, entry[done:] if done else entry, self._size + done)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        at = self._size + len(entry) - len(body)
        self._size += len(entry)
        return at

    def _replay(self) -> None:
        """Read the log from its beginning, up to its end or to an entry that is not whole."""
        size = os.fstat(self._file).st_size
        last: dict[bytes, tuple[int, int, int]] = {}
        at = 0
        if not size:
            return
        with mmap.mmap(self._file, size, access=mmap.ACCESS_READ) as log, memoryview(log) as view:
            while at + ENTRY.size <= size:
                check, action, key_size, body_size, written = ENTRY.unpack_from(view, at)
                body = at + ENTRY.size + key_size
                end = body + body_size
                if end > size or check != zlib.crc32(view[at + CHECK : end]):
                    break
                key = bytes(view[body - key_size : body])
                if action == PUT:
                    last[key] = (body, body_size, written)
                else:
                    last.pop(key, None)
                self._written = max(self._written, written)
                at = end
            for key, (body, body_size, written) in last.items():
                self._take(key.decode(), bytes(view[body : body + body_size]), body, written)
        os.ftruncate(self._file, at)
        self._size = at
        self._garbage = at - sum(ENTRY.size + len(key) + size for key, (_, size, _) in last.items())

    def _write_anew(self) -> None:
        """Write a log of what is there, and put it in the place of the old one."""
        new = self.folder / NEW_LOG
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        places: list[tuple[Stored, int]] = []
        size = 0
        with open(file, "wb", closefd=False) as log:
            for folder, objects in self._folders.items():
                for name, stored in objects.items():
                    entry = _entry(PUT, f"{folder}/{name}", self.read(stored), stored.written)
                    log.write(entry)
                    size += len(entry)
                    places.append((stored, size - stored.size))
        new.replace(self.folder / LOG)
        os.close(self._file)
        self._file, self._size, self._garbage = file, size, 0
        for stored, at in places:
            stored.at = at


def _entry(action: int, key: str, body: bytes, written: int) -> bytes:
    name = key.encode()
    rest = ENTRY.pack(0, action, len(name), len(body), written)[CHECK:] + name + body
    return zlib.crc32(rest).to_bytes(CHECK, "big") + rest
