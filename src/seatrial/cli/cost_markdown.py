"""A bill as Markdown."""

from seatrial.cli.cost_text import amount, assumed, left_out, rows
from seatrial.price.bill import Bill, total
from seatrial.price.quantity import Quantity


def bill_markdown(bill: Bill) -> str:
    """Give a bill as a table, with what it leaves out and assumes below."""
    text = [
        f"### {bill.system}, {bill.environment}: {amount(bill.total.expected)} USD a month\n\n",
        "| part | component | low | expected | high |\n",
        "| --- | --- | ---: | ---: | ---: |\n",
    ]
    for part, several in rows(bill).items():
        cost = total(line for row in several for line in row.lines)
        text.append(_row(f"**{cell(part)}**", "", cost))
        text += [_row("", cell(row.name), row.cost) for row in several]
    text.append(_row("**total**", "", bill.total))
    text += listed("The total leaves out", left_out(bill.system, bill.unknown))
    text += listed("Assumed", assumed(bill))
    return "".join(text)


def _row(part: str, component: str, cost: Quantity) -> str:
    figures = " | ".join(amount(each) for each in (cost.low, cost.expected, cost.high))
    return f"| {part} | {component} | {figures} |\n"


def cell(text: str) -> str:
    """Keep a text within its cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def listed(name: str, sentences: list[str]) -> list[str]:
    """Give sentences as a list that folds away; nothing without any."""
    if not sentences:
        return []
    items = "".join(f"- {each}\n" for each in sentences)
    return [f"\n<details><summary>{name} ({len(sentences)})</summary>\n\n{items}\n</details>\n"]
