"""A whole check as a person or a program reads it. Never knows how a rule is played."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence

import msgspec

from kiosk import settings
from kiosk.errors import SettingsError
from kiosk.settings import Secret
from sync.conformance.check import check
from sync.conformance.player import Player
from sync.conformance.rules import RULES, Verdict
from sync.errors import EndpointError
from sync.transport import Transport

ALL_OK, BROKEN, STOPPED = 0, 1, 130
"""Exit codes; 2 is that of an endpoint that can't be reached."""


def made_up() -> str:
    """The id of a kiosk that is nobody's."""
    return f"check-{secrets.token_hex(4)}"


def player(url: str, kiosk: str, *, token: Secret, reader: Secret, total_s: float) -> Player:
    """A made-up kiosk for the endpoint at `url`; EndpointError where the settings would not take url, id or token."""
    lines = {"[kiosk]": "", "id = ": kiosk, "[endpoint]": "", "url = ": url, "token = ": token.reveal()}
    text = "\n".join(name + (_quoted(value) if name[0] != "[" else "") for name, value in lines.items())
    try:
        settings.parse(text)
    except SettingsError as error:
        raise EndpointError("\n".join(mistake.split(", ", 2)[-1] for mistake in error.mistakes)) from None
    return Player(url, kiosk, token=token, reader=reader, total_s=total_s, client=Transport)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def run(
    player: Player,
    *,
    as_json: bool,
    say: Callable[[str], None],
    watched: Callable[[Iterator[Verdict]], Iterator[Verdict]] = lambda verdicts: verdicts,
) -> int:
    """Play everything and say what came of it; the exit code. `watched` sees the verdicts as they come."""
    if not as_json:
        say(f"Playing kiosk {player.kiosk} against {player.address()}")
        say("What it sends stays there, under that id.\n")
    verdicts: list[Verdict] = []
    stopped = False
    try:
        for verdict in watched(check(player)):
            verdicts.append(verdict)
            if not as_json:
                say(in_words(verdict))
    except KeyboardInterrupt:
        stopped = True
    say(_json(player, verdicts, stopped) if as_json else _end(verdicts, stopped))
    if stopped:
        return STOPPED
    return BROKEN if any(verdict.verdict == "broken" for verdict in verdicts) else ALL_OK


def in_words(verdict: Verdict) -> str:
    """A verdict in a line; where it is not ok, what a person needs to mend it in further ones."""
    if verdict.verdict == "ok":
        return f"ok       {verdict.rule:<14} {verdict.asks}"
    if verdict.verdict == "unknown":
        return f"unknown  {verdict.rule:<14} {verdict.why}"
    return "\n".join(
        [
            f"BROKEN   {verdict.rule:<14} {verdict.why}",
            f"           sent   {verdict.sent}",
            f"           came   {verdict.came}",
            f"           asked  {verdict.asks}",
            f"           see    {verdict.see}",
        ]
    )


def _counted(verdicts: Sequence[Verdict]) -> dict[str, int]:
    kinds = [verdict.verdict for verdict in verdicts]
    return {kind: kinds.count(kind) for kind in ("ok", "broken", "unknown")}


def _end(verdicts: Sequence[Verdict], stopped: bool) -> str:
    n = _counted(verdicts)
    told = f"{n['ok']} rules ok, {n['broken']} broken, {n['unknown']} unknown"
    return f"\nStopped after {len(verdicts)} of {len(RULES)} rules: {told}." if stopped else f"\n{told}."


def _json(player: Player, verdicts: Sequence[Verdict], stopped: bool) -> str:
    told = {"url": player.address(), "kiosk": player.kiosk, "complete": not stopped, **_counted(verdicts)}
    return msgspec.json.format(msgspec.json.encode({**told, "rules": verdicts}), indent=2).decode()
