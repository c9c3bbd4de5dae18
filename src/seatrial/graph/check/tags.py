"""What AWS refuses of a resource's tags."""

from seatrial.graph.check.rule import ANY, Found, inside, items, rule, text
from seatrial.graph.check.view import View
from seatrial.graph.graph import Resource


@rule("tags", ANY, source="https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html")
def tags(resource: Resource, _: View) -> Found:
    """Refuse more than 50 tags, a key twice, and keys and values that are too long."""
    given = items(resource.properties.get("Tags"))
    if len(given) > 50:
        yield "Tags", f"has {len(given)} items", "AWS takes 50 or fewer."
    seen: set[str] = set()
    for index, each in enumerate(given):
        key, value = inside(each, "Key"), inside(each, "Value")
        if isinstance(key, str):
            path = f"Tags[{index}].Key"
            if not 1 <= len(key) <= 128:
                yield path, f"has {len(key)} characters", "AWS takes 1 to 128."
            elif key.lower().startswith("aws:"):
                yield path, f"is {key!r}", "AWS keeps keys that begin with 'aws:' to itself."
            elif key in seen:
                yield path, f"is {key!r} once more", "AWS takes each key only once."
            seen.add(key)
        if len(text(value)) > 256:
            right = "AWS takes 256 or fewer."
            yield f"Tags[{index}].Value", f"has {len(text(value))} characters", right
