"""Usage files in their three forms say the same, and each mistake is told with its line."""

from pathlib import Path

import pytest

from seatrial.mistake import Mistake
from seatrial.price.quantity import Quantity
from seatrial.price.usage_file import read_usage

KNOWN = {"api", "db", "NatGateway1"}
GOOD = {
    "u.yaml": "api:\n  requests: [1e6, 5e6, 2.5e+7]\n  logs_gb: 3\nNatGateway1: {nat_gb: 10}\n",
    "u.yml": "{api: {requests: [1000000, 5000000, 25000000], logs_gb: 3},\n NatGateway1:"
    " {nat_gb: 10}}",
    "u.json": '{"api": {\n"requests": [1e6, 5e6, 2.5e7], "logs_gb": 3},\n"NatGateway1":'
    ' {"nat_gb": 10}}',
    "u.toml": "[api]\nrequests = [1e6, 5e6, 2.5e7]\nlogs_gb = 3\n[NatGateway1]\nnat_gb = 10\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_every_form_says_the_same(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(GOOD[name])
    said = read_usage(file, KNOWN)
    requests = said.get("requests", "api")
    assert requests is not None
    assert requests.quantity == Quantity(1e6, 5e6, 2.5e7)
    assert requests.by.startswith(f"{name}:")
    assert {each: set(said.of(each)) for each in said.names} == {
        "api": {"requests", "logs_gb"},
        "NatGateway1": {"nat_gb"},
    }


WRONG = [
    ("u.yaml", "api:\n  requests: 1\ndatabase:\n  io: 1\n", 4, "no part or logical id 'database'"),
    ("u.yaml", "api:\n  requests: 1\n  request: 1\n", 3, "Did you mean 'requests'?"),
    (
        "u.yaml",
        "api:\n  requests: [3, 2, 1]\n",
        2,
        "the three figures fall. Write",
    ),
    ("u.yaml", "api:\n  requests: -1\n", 2, "-1 is less than nothing"),
    ("u.yaml", "api:\n  requests: many\n", 2, "'many' is no number"),
    ("u.yaml", "api:\n  requests:\n", 2, "this is no number"),
    ("u.yaml", "api:\n  requests: {low: 1}\n", 2, "this is no number"),
    ("u.yaml", "api:\n  requests: [1, 2]\n", 2, "three figures are wanted, not 2"),
    ("u.yaml", "api:\n  requests: true\n", 2, "True is no number"),
    ("u.yaml", "api:\n  requests: .nan\n", 2, "nan is no number"),
    ("u.yaml", "api:\n  requests: .inf\n", 2, "inf is more than 1e+15"),
    ("u.yaml", "api:\n  requests: -1e6\n", 2, "-1000000.0 is less than nothing"),
    ("u.yaml", "api:\n  hours: 10000\n", 2, "10000 is more than 744"),
    ("u.yaml", "api:\n  spot_discount: 500\n", 2, "500 is more than 100"),
    ("u.yaml", "api: {io: 1}\ndb: {io: 1}\napi: {io: 2}\n", 3, "'api' stands twice. Take one"),
    ("u.yaml", "api:\n  io: 1\n  io: 2\n", 3, "'io' stands twice"),
    ("u.yaml", "[a, b]: {io: 1}\n", 1, "found unhashable key"),
    ("u.yaml", "api: {io: 2020-99-99}\n", 0, "this is not YAML"),
    ("u.yaml", "api: {io: 1}\0\n", 0, "not YAML: unacceptable character"),
    ("u.yaml", f"api: {'[' * 100_000}", 0, "nested too deeply"),
    ("u.yaml", "api: {}\n", 1, "must be measures"),
    ("u.json", '{"api": {"io": 1},\n"api": {"io": 2}}', 2, "'api' stands twice"),
    ("u.json", '{"api": {"io": 1, "io": 2}}', 1, "'io' stands twice"),
    ("u.json", f'{{"api": {{"io": 1{"0" * 400}}}}}', 1, "this is more than 1e+15"),
    ("u.json", f'{{"api": {{"io": 1{"0" * 5000}}}}}', 0, "a number is too long"),
    ("u.json", f'{{"api": {"[" * 100_000}', 0, "nested too deeply"),
    ("u.json", "\ufeff{}", 1, "must hold names of parts"),
    ("u.toml", "", 1, "must hold names of parts"),
    ("u.toml", f"api = {'[' * 10_000}", 0, "nested too deeply"),
    ("u.toml", "[db]\nio = 1\n[api]\n# io\nio = -1\n", 5, "-1 is less than nothing"),
    ("u.toml", "\n\nx = [\n", 4, "this is not TOML: invalid value."),
    ("U.YAML", "api:\n  io: -1\n", 2, "-1 is less than nothing"),
    ("u.yaml", "db:\n  io: 1\napi: 5\n", 3, "must be measures"),
    ("u.yaml", "- api\n", 1, "must hold names of parts"),
    ("u.yaml", "api: {requests: 1\n", 2, "this is not YAML"),
    ("u.yaml", "", 1, "must hold names of parts"),
    ("u.json", '{"db": {"io": 1},\n"api": {\n"x": 1}}', 3, "no measure 'x'"),
    ("u.json", '{"api": {\n"requests": 1,}}', 2, "this is not JSON"),
    ("u.toml", "[db]\nio = 1\n[api]\nrequests = 'x'\n", 4, "'x' is no number"),
    ("u.toml", "[api]\nrequests = \n", 2, "this is not TOML"),
    ("u.txt", "api: 1", 0, "no suffix"),
]


@pytest.mark.parametrize(("name", "text", "line", "said"), WRONG)
def test_a_mistake_is_one_message_with_its_line(
    tmp_path: Path, name: str, text: str, line: int, said: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(Mistake) as raised:
        read_usage(file, KNOWN)
    assert said in str(raised.value)
    assert raised.value.where is not None
    assert raised.value.where.line == line
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"cannot read .*u\.yaml: No such file"):
        read_usage(tmp_path / "u.yaml", KNOWN)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "u.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Mistake, match="not text in UTF-8"):
        read_usage(file, KNOWN)
