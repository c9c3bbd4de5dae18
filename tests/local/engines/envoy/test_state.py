import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.local.addresses import Address
from seatrial.local.engines.envoy.state import Lead, State, Targets, replace_file

ADDRESSES = st.integers(1, 6).map(lambda number: Address(f"127.0.0.{number}", 8000))
LISTS = st.lists(ADDRESSES, max_size=6)


@given(st.lists(st.tuples(LISTS, LISTS)))
def test_who_was_live_drains_until_it_has_finished(
    steps: list[tuple[list[Address], list[Address]]],
) -> None:
    targets = Targets()
    seen: set[Address] = set()
    for wanted, finished in steps:
        before = Targets(list(targets.live), list(targets.draining))
        targets.route(wanted, finished)
        assert set(targets.live) == set(wanted)
        assert len(targets.live) == len(set(targets.live))
        assert not set(targets.live) & set(targets.draining)
        # One that has just been removed drains, whatever was said of it before.
        assert set(before.live) <= {*targets.live, *targets.draining}
        assert not (set(finished) & set(before.draining)) & set(targets.draining)
        seen |= set(wanted)
        assert set(targets.draining) <= seen


@given(
    st.dictionaries(st.sampled_from("abc"), st.builds(Targets, LISTS, LISTS)),
    st.dictionaries(
        st.sampled_from("abc"), st.builds(Lead, st.none() | ADDRESSES, LISTS, st.integers(0, 9))
    ),
)
def test_it_comes_back_from_json(groups: dict[str, Targets], endpoints: dict[str, Lead]) -> None:
    state = State(groups, endpoints)
    assert State.from_json(json.loads(json.dumps(state.as_json()))) == state


def test_it_follows_a_network_and_a_restart() -> None:
    one, two = Address("127.0.0.1", 1), Address("127.0.0.2", 1)
    state = State({"old": Targets([one]), "stays": Targets([one], [two])}, {"db": Lead(one, [two])})
    state.keep_only(["stays", "new"], ["db"])
    assert state.groups == {"stays": Targets([one], [two]), "new": Targets()}
    state.end_draining()
    assert state.groups["stays"] == Targets([one])
    assert state.endpoints["db"] == Lead(one)


def test_a_file_is_private_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for number in range(2):
        replace_file(path, {"number": number})
        assert json.loads(path.read_text()) == {"number": number}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]
