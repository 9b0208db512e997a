"""Writes docs/commands.md: what each command says of itself with --help. Knows no command by name."""

from __future__ import annotations

from collections.abc import Iterator

import click

from hardware.apply import command as apply
from image.firstboot import command as firstboot
from kiosk import cli
from tests.conftest import ROOT

TARGET = ROOT / "docs/commands.md"
WIDTH = 100
PROGRAMS: dict[str, click.Command] = {
    "moodpost": cli.main,
    "moodpost-apply": next(each for each in vars(apply).values() if isinstance(each, click.Command)),
    "moodpost-firstboot": next(each for each in vars(firstboot).values() if isinstance(each, click.Command)),
}
_HEAD = """\
# All commands

What each says of itself with `--help`; `make docs` writes this page, so change the command, not the page. `moodpost` is
the one that people call; `moodpost-apply` and `moodpost-firstboot` are started by systemd, as root.

| command | what it does |
|---|---|
"""


def leaves(
    name: str, command: click.Command, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Context]]:
    """Each command that does something, by all its words."""
    command._help_option = None  # click keeps the first one that was asked for, whatever the context's names are
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield context.command_path, context
    if isinstance(command, click.Group):
        for inner, each in sorted(command.commands.items()):
            yield from leaves(inner, each, context)


def page() -> str:
    """All of it."""
    found = [leaf for name, command in PROGRAMS.items() for leaf in leaves(name, command)]
    rows = [
        f"| [`{name}`](#{name.replace(' ', '-')}) | {context.command.get_short_help_str(300)} |"
        for name, context in found
        if not isinstance(context.command, click.Group)
    ]
    told = [f"\n## {name}\n\n```text\n{context.get_help().rstrip()}\n```\n" for name, context in found]
    return _HEAD + "\n".join(rows) + "\n" + "".join(told)


def main() -> None:
    """Write it anew."""
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
