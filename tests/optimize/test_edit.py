"""What is written into `system.py` is what was priced: the edited file gives the same template."""

from pathlib import Path
from textwrap import dedent

import pytest

from seatrial.graph import Graph
from seatrial.language import Environment, System
from seatrial.language.loading import load
from seatrial.lower import lower
from seatrial.mistake import Mistake
from seatrial.optimize.choices import choices
from seatrial.optimize.edit import Change, TooClever, edited, patch, place, settled, values
from seatrial.template import render_json
from tests.golden.systems import EXAMPLES, ROOT

ENVIRONMENTS = [
    *((example, "production") for example in EXAMPLES),
    ("assistant", "staging"),
    ("support", "own-model"),
    ("support", "ultra-low-cost"),
]


def lowered(environment: Environment) -> Graph | str:
    try:
        return lower(environment)
    except Mistake as mistake:
        return mistake.what


def same(one: Graph | str, other: Graph | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return render_json(one) == render_json(other)


@pytest.mark.parametrize(("example", "name"), ENVIRONMENTS)
def test_each_alternative_is_written_as_it_was_measured(
    example: str, name: str, tmp_path: Path
) -> None:
    folder = ROOT / "examples" / example
    text = (folder / "system.py").read_text()
    environment = load(folder).in_environment(name)
    made = choices(environment)
    assert made.grid
    for each in folder.iterdir():
        if each.is_dir():
            (tmp_path / each.name).symlink_to(each)
    for number, option in enumerate(made.grid):
        for value in range(1, len(option.alternatives)):
            chosen = tuple(value if each == number else 0 for each in range(len(made.grid)))
            changes = made.changes(chosen)
            changes = settled(text, folder / "system.py", environment, changes)
            file = tmp_path / "system.py"
            file.write_text(edited(text, environment, changes))
            here = f"{option.part} {option.alternatives[value].settings}"
            try:
                varied: Graph | str = lowered(environment.varied(*values(changes)))
            except Mistake as mistake:
                with pytest.raises(Mistake, match=mistake.what.split(": ")[-1][:20]):
                    lower(load(file).in_environment(name))
                continue
            assert same(lowered(load(file).in_environment(name)), varied), here


def system(text: str, folder: Path) -> tuple[str, System]:
    text = "from seatrial import *\n" + dedent(text)
    (folder / "system.py").write_text(text)
    return text, load(folder / "system.py")


PLAIN = """
    db = Postgres("db", "16",
        size="db.t3.small", storage_gb=20)  # the ledger
    cache = Redis("cache")
    api = Service("api", ".", ["run"], port=80, uses=[db, cache])
    system = System("shop", api)
    small = dict(size="db.t3.micro")
    fewer = {{db: small}}
    {environment}
"""
BARE = 'system.environment("production")'
MICRO = "size", "db.t4g.micro"


def changing(values: str) -> str:
    return f'system.environment("production", change={values})'


@pytest.mark.parametrize(
    ("environment", "setting", "value", "line"),
    [
        (BARE, "multi_az", True,
         '    size="db.t3.small", storage_gb=20, multi_az=True)  # the ledger'),
        (BARE, "version", "17", 'db = Postgres("db", "17",'),
        (BARE, *MICRO, '    size="db.t4g.micro", storage_gb=20)  # the ledger'),
        (changing('{db: dict(size="db.t3.micro")}'), *MICRO,
         changing('{db: dict(size="db.t4g.micro")}')),
        (changing('{db: {"size": "db.t3.micro"}}'), *MICRO,
         changing('{db: {"size": "db.t4g.micro"}}')),
        (changing("{db: small}"), *MICRO, changing('{db: {**small, "size": "db.t4g.micro"}}')),
        (changing("{db: dict(**small)}"), *MICRO,
         changing('{db: {**dict(**small), "size": "db.t4g.micro"}}')),
        (changing("fewer"), *MICRO,
         changing('{**fewer, db: {**fewer[db], "size": "db.t4g.micro"}}')),
        (changing("{**fewer}"), *MICRO,
         changing('{**fewer, db: {**fewer[db], "size": "db.t4g.micro"}}')),
        (changing('{db: Postgres("db", "16", size="db.t3.small")}'), *MICRO,
         changing('{db: Postgres("db", "16", size="db.t4g.micro")}')),
    ],
)  # fmt: skip
def test_the_edit_is_where_the_value_counts(
    environment: str, setting: str, value: object, line: str, tmp_path: Path
) -> None:
    text, shop = system(PLAIN.format(environment=environment), tmp_path)
    production = shop.in_environment("production")
    db = next(each for each in shop.parts() if each.name == "db")
    change = Change(db, setting, value)
    new = edited(text, production, [change])
    assert line in new.splitlines()
    assert len(set(new.splitlines()) - set(text.splitlines())) == 1
    (tmp_path / "system.py").write_text(new)
    again = load(tmp_path).in_environment("production")
    assert getattr(next(each for each in again.parts if each.name == "db"), setting) == value
    assert place(production, change).line in (
        text.splitlines().index(old) + 1
        for old in text.splitlines()
        if old not in new.splitlines() or old.startswith("db")
    )


def test_what_others_rely_on_is_changed_in_the_environment(tmp_path: Path) -> None:
    text, shop = system(
        """
        db = Postgres("db", "16", size="db.t3.small", readers=["db.t3.small"])
        api = Service("api", ".", ["run"], port=80, uses=[db], env={"READER": db.reader.host})
        system = System("shop", api)
        small = system.environment("small", zones=2)
        """,
        tmp_path,
    )
    small = shop.in_environment("small")
    db = next(each for each in shop.parts() if each.name == "db")
    changes = [Change(db, "readers", []), Change(db, "size", "db.t4g.small")]
    [gone, size] = settled(text, tmp_path / "system.py", small, changes)
    assert (gone.here, size.here) == (True, False)
    assert place(small, gone).line == 6
    new = edited(text, small, [gone])
    assert 'system.environment("small", zones=2, change={db: dict(readers=[])})' in new


def test_the_systems_own_settings(tmp_path: Path) -> None:
    text, shop = system(
        PLAIN.format(environment='one = system.environment("production", nat="one")'), tmp_path
    )
    one = shop.in_environment("production")
    changes = [Change(None, "nat", "none"), Change(None, "zones", 3)]
    new = edited(text, one, changes)
    assert 'system.environment("production", nat="none")' in new
    assert 'System("shop", api, zones=3)' in new
    assert [place(one, each).line for each in changes] == [10, 7]


def test_names_beyond_ascii_do_not_shift_the_edit(tmp_path: Path) -> None:
    text, shop = system(
        """
        café = Postgres("db", "16", size="db.t3.small"); größe = "db.t4g.small"
        system = System("shop", Service("api", ".", ["läuft"], port=80, uses=[café]))
        """,
        tmp_path,
    )
    db = next(each for each in shop.parts() if each.name == "db")
    new = edited(text, shop.in_environment("production"), [Change(db, "storage_gb", 30)])
    assert 'café = Postgres("db", "16", size="db.t3.small", storage_gb=30); größe' in new


@pytest.mark.parametrize(
    "text",
    [
        """
        more = {"size": "db.t3.small"}
        db = Postgres("db", "16", **more)
        system = System("shop", Service("api", ".", ["run"], port=80, uses=[db]))
        """,
        """
        def database(size):
            return Postgres("db", "16", size=size) if size else Postgres("db", "16", size="x")
        db = database("db.t3.small")
        system = System("shop", Service("api", ".", ["run"], port=80, uses=[db]))
        """,
        """
        db, other = [Postgres(name, "16", size="db.t3.small") for name in ("db", "other")]
        system = System("shop", Service("api", ".", ["run"], port=80, uses=[db, other]))
        """,
    ],
)
def test_what_is_too_clever_is_left_alone(text: str, tmp_path: Path) -> None:
    whole, shop = system(text, tmp_path)
    db = next(each for each in shop.parts() if each.name == "db")
    with pytest.raises(TooClever):
        edited(whole, shop.in_environment("production"), [Change(db, "size", "db.t4g.small")])


def test_a_patch_has_a_file_and_its_lines() -> None:
    text = patch(Path("system.py"), "a\nb\nc", "a\nB\nc")
    assert text.splitlines()[:2] == ["--- a/system.py", "+++ b/system.py"]
    assert "-b\n+B\n" in text
