from pathlib import Path

from seatrial.graph.schema import known_types, schema, types

LIST = Path(types.__file__).parent / "types.txt"


def listed() -> list[str]:
    return [line for line in LIST.read_text().split("\n") if line.startswith("AWS::")]


def test_every_listed_type_is_packed_and_every_packed_type_listed() -> None:
    packed = {file.stem.replace("-", "::") for file in (types.DATA / "types").iterdir()}
    assert packed == set(listed())
    assert packed <= known_types()
    assert listed() == sorted(listed())


def test_every_packed_type_can_be_used_whole() -> None:
    for name in listed():
        known = schema(name)
        assert known is not None
        assert known.node.properties.keys() == known.properties.keys()
        for part in [*known.properties.values(), *known.definitions.values()]:
            known.document.node(part)
        assert known.rules is not None
        assert known.primary_identifier
        for pointer in known.create_only:
            assert pointer[0] in known.properties


def test_a_database_says_what_it_is() -> None:
    known = schema("AWS::RDS::DBInstance")
    assert known is not None
    assert ("DbiResourceId",) in known.read_only
    assert ("StorageEncrypted",) in known.create_only
    assert ("MasterUserPassword",) in known.write_only
    assert known.attributes["Endpoint.Address"] == "string"


def test_an_unknown_type_has_no_schema() -> None:
    assert schema("AWS::EC2::VPK") is None
    assert schema("../../facts") is None
    assert schema("") is None


def test_a_custom_resource_takes_any_property() -> None:
    known = schema("Custom::Brokers")
    assert known is not None
    assert ".*" in known.attributes
    assert known.read_only == ()
