from dataclasses import replace

from seatrial.policy.formats import render_text
from tests.policy.formats.reported import ALL, finding, report


def test_the_worst_first_what_is_accepted_last_then_the_sum() -> None:
    text = render_text(report(*ALL))
    heads = [line for line in text.splitlines() if line[:1].strip()]
    assert heads == [
        "error ST101 store-open-to-internet  db  system.py",
        "warning ST001 unknown-acceptance  db  system.py",
        "note ST404 idle-secret  db  system.py",
        "accepted:",
        "shop, production: 1 error, 1 warning, 1 note; 1 accepted",
    ]
    assert "  Db.Port: it is open." in text
    assert "  fix: Close it." in text
    assert "  ST107 store-in-public-subnet  db: Db.Port: a & trap" in text


def test_nothing_is_told_as_nothing() -> None:
    assert render_text(report()) == "shop, production: nothing found\n"


def test_many_are_many() -> None:
    two = report(finding("store-open-to-internet"), finding("store-open-to-internet"))
    assert render_text(two).endswith("shop, production: 2 errors\n")


def test_words_are_painted() -> None:
    painted = render_text(report(*ALL), lambda word, colour: f"[{colour}]{word}[/]")
    assert "[red]error[/] ST101" in painted
    assert "[cyan]note[/] ST404" in painted


def test_lines_are_broken_to_a_terminal_and_whole_in_a_file() -> None:
    long = report(finding("store-open-to-internet", "it is open. " * 20))
    assert max(map(len, render_text(long).splitlines())) > 200
    assert max(map(len, render_text(long, width=60).splitlines())) <= 60
    assert render_text(long, width=60).split() == render_text(long).split()


def test_a_template_is_mended_in_the_template() -> None:
    read = replace(report(*ALL), of_template=True)
    assert "  fix: Port: 1\n" in render_text(read)
    assert "Close it." not in render_text(read)
