"""Manual pages from the commands themselves: what click shows for --help, as troff (pure). Knows no other module."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click


def page(command: click.Command, name: str, section: int, *, version: str, date: str) -> str:
    """The manual page of `command`, a group with all its commands, `date` as YYYY-MM-DD."""
    context = click.Context(command, info_name=name)
    told = _told(command)
    lines = [
        f'.TH {name.upper()} {section} "{date}" "Moodpost {version}" "Moodpost"',
        ".SH NAME",
        f"{_escaped(name)} \\- {_escaped(_brief(told))}",
        ".SH SYNOPSIS",
        *_usage(command, context),
        ".SH DESCRIPTION",
        *_paragraphs(told),
        *_options(command, context, ".SH OPTIONS"),
    ]
    below = list(_below(command, context))
    if below:
        lines.append(".SH COMMANDS")
    for each, inner in below:
        lines.append(f".SS {_escaped(inner.command_path)}")
        lines += [*_usage(each, inner), ".PP", *_paragraphs(_told(each)), *_options(each, inner, ".PP")]
    return "\n".join(lines) + "\n"


def _below(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """All commands below a group, groups themselves left out, in the order of their names."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        each = command.get_command(context, name)
        if each is None or each.hidden:
            continue
        inner = click.Context(each, info_name=name, parent=context)
        if isinstance(each, click.Group):
            yield from _below(each, inner)
        else:
            yield each, inner


def _told(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").split("\f")[0].strip()


def _brief(told: str) -> str:
    """The first sentence, as apropos shows it: without the program's own name, a capital, and a full stop."""
    sentence = re.split(r"(?<=[.!?])\s", " ".join(told.split()))[0].rstrip(".")
    sentence = re.sub(r"^Moodpost: ", "", sentence)
    return sentence[:1].lower() + sentence[1:]


def _usage(command: click.Command, context: click.Context) -> list[str]:
    pieces = command.collect_usage_pieces(context)
    return [f".B {_escaped(context.command_path)}", _escaped(" ".join(pieces))]


def _options(command: click.Command, context: click.Context, head: str) -> list[str]:
    """Head and options, of a command below without --help, which all have; nothing where there is none."""
    lines: list[str] = []
    for each in command.get_params(context):
        record = each.get_help_record(context) if isinstance(each, click.Option) else None
        if record and (head != ".PP" or each.name != "help"):
            lines += [".TP", f".B {_escaped(record[0])}", _escaped(" ".join(record[1].split()))]
    return [head, *lines] if lines else []


def _paragraphs(text: str) -> list[str]:
    """Paragraphs, refilled; one that begins with click's \\b stays as it is."""
    lines: list[str] = []
    for each in re.split(r"\n\s*\n", text):
        if lines:
            lines.append(".PP")
        if each.startswith("\b"):
            lines += [".nf", *map(_escaped, each.removeprefix("\b").strip("\n").splitlines()), ".fi"]
        else:
            lines.append(_escaped(" ".join(each.split())))
    return lines


_SIGNS = {"\\": r"\e", "-": r"\-", "…": "...", "’": "'", "→": "->", "–": r"\(en", "—": r"\(em", "×": r"\(mu"}


def _escaped(text: str) -> str:
    """`text` that troff takes for text: a hyphen stays one to be searched for, no line begins with a command."""
    escaped = "".join(_SIGNS.get(sign, sign) for sign in text)
    return re.sub(r"^(?=[.'])", r"\\&", escaped)
