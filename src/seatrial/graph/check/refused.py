"""What AWS would refuse, as a mistake that names part, resource, property and place.

Takes a resource and what is wrong with it, gives one message. It never
decides what is wrong.
"""

from seatrial.graph.graph import Resource
from seatrial.mistake import Mistake


class Refused(Mistake):
    """One thing in the graph that AWS would refuse.

    `code` is the rule's stable name, `resource` the logical id, `path` the
    property as people write it (`ContainerDefinitions[0].Image`, "" for the
    whole resource), `source` where AWS says so.
    """

    def __init__(
        self,
        code: str,
        resource: Resource | None,
        path: str,
        problem: str,
        right: str = "",
        *,
        source: str = "",
    ) -> None:
        what, where = problem, None
        if resource is not None:
            origin = resource.origin
            where = origin.place if origin else None
            part = f"{origin.part}: " if origin else ""
            what = f"{part}{path + ' of ' if path else ''}{resource.type} {resource.id} {problem}"
        super().__init__(what, where, right)
        self.code = code
        self.resource = resource.id if resource is not None else ""
        self.path = path
        self.source = source
