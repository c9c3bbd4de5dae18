"""What the names of one template stand for.

Takes its sections, what its parameters mean and its region; gives what `Ref` and
`GetAtt` come to. What cannot be known stays a symbol, and a note says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from seatrial.graph.values import SYMBOLS, GetAtt, Pseudo, Ref, Value
from seatrial.mistake import Mistake
from seatrial.template.reading.notes import Notes
from seatrial.template.reading.parameters import Meaning
from seatrial.template.reading.sections import Sections


class Absent:
    """The value of `AWS::NoValue`: what has it is left out."""


ABSENT: Final = Absent()
PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
}
"""Beginning of a region's name -> partition and suffix, from botocore's partitions.json."""
COMMERCIAL = ("aws", "amazonaws.com")


class Scope:
    """The names of one template, and what is decided of them."""

    def __init__(
        self,
        sections: Sections,
        meanings: Mapping[str, Meaning],
        region: str,
        notes: Notes,
        prefix: str = "",
    ) -> None:
        self.sections = sections
        self.meanings = meanings
        self.region = region
        self.notes = notes
        self.prefix = prefix
        self.here = ""
        """What is read at the moment, for notes."""
        self.holds: Callable[[str], bool] = lambda _: True
        """Tells whether a condition holds; the conditions set it."""
        self.output: Callable[[str, str], Value] = lambda _id, _name: None
        """Gives an output of a nested stack that is read along, None where there is none."""
        self.property: Callable[[str, str], Value] = lambda _id, _name: None
        """Gives a resource's evaluated property."""

    def wrong(self, what: str, right: str = "") -> Mistake:
        """Give the mistake in what is read at the moment, with its line."""
        kind, _, name = self.here.rpartition(" ")
        section = "Conditions" if kind else "Resources"
        at = f"{self.here}: " if self.here else ""
        return Mistake(f"{at}{what}", self.sections.written.place(section, name), right)

    def note(self, sentence: str) -> None:
        """Say something of what is read at the moment."""
        self.notes.add(f"{self.prefix}{self.here}: {sentence}" if self.here else sentence)

    def named(self, name: str) -> Value | Absent:
        """Give what a name inside `${}` comes to."""
        id, dot, attribute = name.partition(".")
        return self.attribute(id, attribute) if dot else self.ref(name)

    def ref(self, name: str) -> Value | Absent:
        """Give what `Ref` comes to."""
        if name.startswith("AWS::"):
            return self._pseudo(name)
        meaning = self.meanings.get(name)
        if meaning is None:
            return Ref(self.prefix + name) if self._there(name) else ABSENT
        if meaning.note:
            self.notes.add(meaning.note)
        return meaning.value if meaning.known else Ref(self.prefix + name)

    def attribute(self, id: str, attribute: str) -> Value | Absent:
        """Give what `GetAtt` comes to: a VPC's own range and a read stack's output are known."""
        if not self._there(id):
            return ABSENT
        if attribute.startswith("Outputs."):
            found = self.output(id, attribute.removeprefix("Outputs."))
            if found is not None:
                return found
        type_ = self.sections.resources.get(id, {}).get("Type")
        if attribute == "CidrBlock" and type_ == "AWS::EC2::VPC":
            said = self.property(id, attribute)
            if isinstance(said, (str, *SYMBOLS)):
                return said
        return GetAtt(self.prefix + id, attribute)

    def _pseudo(self, name: str) -> Value | Absent:
        partition, suffix = next(
            (each for begin, each in PARTITIONS.items() if self.region.startswith(begin)),
            COMMERCIAL,
        )
        match name:
            case "AWS::NoValue":
                return ABSENT
            case "AWS::Region":
                return self.region
            case "AWS::Partition":
                return partition
            case "AWS::URLSuffix":
                return suffix
        return Pseudo(name)

    def _there(self, id: str) -> bool:
        """Tell whether a resource is made; one that nobody declares is made elsewhere."""
        entry = self.sections.resources.get(id)
        if entry is None:
            self.note(f"{id} is not in the template; something outside makes it")
            return True
        return self.kept(entry)

    def kept(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether a resource or an output is made, by its condition."""
        condition = entry.get("Condition")
        return not isinstance(condition, str) or self.holds(condition)
