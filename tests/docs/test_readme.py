"""The README and the command page say what is so."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.docs import commands
from seatrial.cli.main import COMMANDS, cli
from seatrial.mistake import Mistake

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_command_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert page == commands.render(), "make golden writes it anew"


def test_the_system_in_the_readme_is_the_example() -> None:
    shown = README.split("```python\n")[1].split("```")[0]
    assert shown == (ROOT / "examples/fastapi-app/system.py").read_text()


@pytest.mark.parametrize(
    ("system", "most"),
    [("fastapi-app", 20), ("analytics", 45), ("support", 70), ("chat", 70), ("assistant", 70)],
)
def test_a_description_is_short(system: str, most: int) -> None:
    assert len((ROOT / f"examples/{system}/system.py").read_text().splitlines()) <= most


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_every_command_that_is_named_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"(?:\$ |`)seatrial ([a-z]+)", page.read_text()):
            assert name in COMMANDS, f"{page.name}: seatrial {name}"


def test_the_mistake_in_the_readme_is_told_so(tmp_path: Path) -> None:
    shown = next(line.strip() for line in README.splitlines() if "error: system.py:" in line)
    text = (ROOT / "examples/fastapi-app/system.py").read_text()
    (tmp_path / "app").mkdir()
    (tmp_path / "system.py").write_text(text.replace("cpu=512", "cpu=300"))
    with pytest.raises(Mistake) as caught:
        CliRunner().invoke(cli, ["template", str(tmp_path)], catch_exceptions=False)
    assert str(caught.value).replace(f"{tmp_path}/", "") == shown.removeprefix("error: ")


@pytest.mark.parametrize("command", ["cost", "check", "reach"])
def test_what_a_reader_prints_is_shown_as_it_is(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    _, asked, shown = re.split(rf"    \$ seatrial ({command} .+)\n", README)
    lines = shown.split("\n\n**")[0].split("\n\nAll three")[0].split("\n")
    printed = CliRunner().invoke(cli, asked.split()).stdout.splitlines()
    for line in lines:
        assert line == "    ..." or line.removeprefix("    ") in printed, line


def test_make_help_lists_what_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text()
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    for name in set(re.findall(r"(?:`|    )make ([a-z]+)", pages)):
        assert re.search(rf"^{name}:.*## ", makefile, re.MULTILINE), name
