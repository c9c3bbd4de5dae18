"""Where each target and endpoint stands, kept in a file beside the configuration.

Takes changes, gives the assignments that Envoy reads. It survives supervisor and
Envoy, so that either can be restarted. It never speaks to Envoy.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from seatrial.local.addresses import Address


@dataclass
class Targets:
    """One target group: who gets requests, and who only finishes the ones it has."""

    live: list[Address] = field(default_factory=list)
    draining: list[Address] = field(default_factory=list)

    def route(self, addresses: Iterable[Address], finished: Iterable[Address]) -> None:
        """Route to exactly these; what was live drains, of the draining the finished go."""
        live = list(dict.fromkeys(addresses))
        gone = set(finished).intersection(self.draining)
        old = dict.fromkeys((*self.draining, *self.live))
        self.draining = [each for each in old if each not in live and each not in gone]
        self.live = live


@dataclass
class Lead:
    """One endpoint: where it leads, and the generation of the connections that may live."""

    live: Address | None = None
    draining: list[Address] = field(default_factory=list)
    generation: int = 0


@dataclass
class State:
    """All target groups and endpoints, by name."""

    groups: dict[str, Targets] = field(default_factory=dict)
    endpoints: dict[str, Lead] = field(default_factory=dict)

    def keep_only(self, groups: Iterable[str], endpoints: Iterable[str]) -> None:
        """Forget what is not named, and begin what is new."""
        self.groups = {name: self.groups.get(name, Targets()) for name in groups}
        self.endpoints = {name: self.endpoints.get(name, Lead()) for name in endpoints}

    def end_draining(self) -> None:
        """Forget whoever drained: nothing is in flight after a restart."""
        for targets in self.groups.values():
            targets.draining = []
        for lead in self.endpoints.values():
            lead.draining = []

    def as_json(self) -> dict[str, Any]:
        """Give all of it as JSON."""
        return {
            "groups": {
                name: {
                    "live": [str(address) for address in each.live],
                    "draining": [str(address) for address in each.draining],
                }
                for name, each in self.groups.items()
            },
            "endpoints": {
                name: {
                    "live": str(each.live) if each.live else None,
                    "draining": [str(address) for address in each.draining],
                    "generation": each.generation,
                }
                for name, each in self.endpoints.items()
            },
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `as_json` gave."""
        return cls(
            groups={
                name: Targets(_read(each["live"]), _read(each["draining"]))
                for name, each in values["groups"].items()
            },
            endpoints={
                name: Lead(
                    Address.from_text(each["live"]) if each["live"] else None,
                    _read(each["draining"]),
                    each["generation"],
                )
                for name, each in values["endpoints"].items()
            },
        )


def replace_file(path: Path, document: dict[str, Any]) -> None:
    """Replace a JSON file in one step.

    Envoy follows the rename. Nothing is flushed to the disk: after a power cut
    there is no Envoy either, and a failover must not wait for a disk.
    """
    new = path.with_name(f".{path.name}.new")
    with open(new, "w", opener=_open_private) as file:
        json.dump(document, file, separators=(",", ":"))
    new.replace(path)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(addresses: list[str]) -> list[Address]:
    return [Address.from_text(text) for text in addresses]
