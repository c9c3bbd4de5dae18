"""What AWS refuses of names: two resources of one type may not carry the same one."""

from seatrial.graph.check.rule import ANY, Found, rule
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource

SOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-name.html"
)


@rule("same-name", ANY, source=SOURCE)
def same_name(resource: Resource, view: View) -> Found:
    """Refuse a name that another resource of the type has, in one account and region."""
    path, name = view.physical_name(resource)
    if name is None:
        return
    first = view.by_name[resource.type, repr(name)]
    if first.id != resource.id:
        part = f" of {first.origin.part}" if first.origin else ""
        yield path, f"is {name!r}, as that of {first.id}{part}", "Rename one of the two parts."
