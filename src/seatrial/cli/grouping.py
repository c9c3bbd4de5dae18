"""Help in groups, for commands with many options.

Takes groups by their titles; gives a command whose help lists its options under them.
Options that no group names stand last, under "Options".
"""

from collections.abc import Mapping

import click

SOURCE = ("--env", "--template", "--parameter", "--region")


def grouped(groups: Mapping[str, tuple[str, ...]]) -> type[click.Command]:
    """Give the class of a command with such groups: title -> options."""

    class Grouped(click.Command):
        def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            """List the options under their titles."""
            rows = {
                each.opts[-1]: record
                for each in self.get_params(ctx)
                if isinstance(each, click.Option)
                if (record := each.get_help_record(ctx)) is not None
            }
            listed = {title: [rows.pop(name) for name in names] for title, names in groups.items()}
            for title, records in (*listed.items(), ("Options", [*rows.values()])):
                with formatter.section(title):
                    formatter.write_dl(records)

    return Grouped
