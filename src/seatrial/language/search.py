"""Full-text and vector search on Amazon OpenSearch."""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from seatrial.graph.schema import facts
from seatrial.language.access import Access, Reference
from seatrial.language.names import check_name, check_parameters
from seatrial.language.part import Part, part
from seatrial.mistake import closest

LONGEST = 28
"""https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html"""
MASTERS = 3
"""Dedicated master nodes: a majority of them outlives one zone."""


@part
class Search(Part):
    """An OpenSearch domain inside the network, encrypted, with a login of its own.

    `size` and `masters` are OpenSearch instance types; `masters` adds three
    dedicated master nodes. `nodes` hold the data, spread over the zones from
    two on; `storage_gb` (10 or more) is each node's disk. `version` is
    OpenSearch's. Its users get `OPENSEARCH_URL`, a secret. `shards` and
    `replicas` are what a new index has, told to a person with the index
    template that a job must put: no AWS resource holds them. `options` are
    the domain's advanced options, e.g.
    `{"indices.fielddata.cache.size": "40"}`. `service_role` adds the role by
    which OpenSearch reaches the network, which AWS takes once an account;
    unsaid, in production.
    """

    PORT: ClassVar[int] = 443

    name: str
    size: str
    nodes: int = 1
    storage_gb: int = 10
    version: str = "2.19"
    masters: str | None = None
    shards: int = 1
    replicas: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    service_role: bool | None = None

    @property
    def write(self) -> Access:
        """Read and write every index."""
        return Access(self, "write")

    @property
    def host(self) -> Reference:
        """The domain's host name."""
        return Reference(self, "host")

    @property
    def url(self) -> Reference:
        """The whole URL, a secret: for a program that reads another variable."""
        return Reference(self, "url")

    @property
    def copies(self) -> int:
        """How many replicas of each shard there are: one where a second node can hold it."""
        return min(1, self.nodes - 1) if self.replicas is None else self.replicas

    def check(self) -> None:
        """Hold sizes, version, nodes and shards to what OpenSearch takes."""
        check_name(self, self.name, LONGEST)
        check_parameters(self, "options", self.options)
        if not re.fullmatch(r"[1-9]\d?\.\d{1,2}", self.version):
            raise self.wrong(
                f"version={self.version!r} is not an OpenSearch version.", "E.g. '2.19'."
            )
        known = facts.database_classes("opensearch")
        for size in filter(None, (self.size, self.masters)):
            if size not in known:
                raise self.wrong(
                    f"{size!r} is not an OpenSearch instance type.", closest(size, known)
                )
        if not 1 <= self.nodes <= 80:
            raise self.wrong(f"nodes={self.nodes} is not between 1 and 80.")
        if not 10 <= self.storage_gb <= 24576:
            raise self.wrong(f"storage_gb={self.storage_gb} is not between 10 and 24576.")
        if self.shards < 1:
            raise self.wrong(f"shards={self.shards} must be at least 1.")
        if not 0 <= self.copies < self.nodes:
            raise self.wrong(
                f"replicas={self.copies} need {self.copies + 1} nodes, and there are {self.nodes}: "
                "the domain would stay yellow.",
                f"Give it nodes={self.copies + 1}, or fewer replicas.",
            )
