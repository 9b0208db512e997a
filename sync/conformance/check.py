"""Plays every rule against an endpoint, and gives a verdict on each. Never knows how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sync.conformance import refusals, remembered, rows, watch
from sync.conformance.exchange import BrokenError, UnknownError
from sync.conformance.player import Player
from sync.conformance.rules import BY_NAME, RULES, Verdict
from sync.errors import EndpointError
from sync.reply import NoAnswer

PLAYS: dict[str, Callable[[Player], None]] = {
    "first-batch": rows.first_batch,
    "same-again": rows.same_again,
    "new-nonce": rows.new_nonce_again,
    "overlap": rows.overlap,
    "counted-once": rows.counted_once,
    "gap": rows.gap,
    "missing": rows.missing,
    "missing-later": rows.missing_later,
    "start": rows.start,
    "other-start": rows.other_start,
    "fork": rows.fork,
    "fork-kept": rows.fork_kept,
    "fork-whole": rows.fork_whole,
    "epochs-apart": rows.epochs_apart,
    "parallel": rows.parallel,
    "most-rows": refusals.most_rows,
    "too-many-rows": refusals.too_many_rows,
    "too-large": refusals.too_large,
    "unfolds": refusals.unfolds,
    "not-gzip": refusals.not_gzip,
    "cut-gzip": refusals.cut_gzip,
    "not-json": refusals.not_json,
    "bad-values": refusals.bad_values,
    "other-version": refusals.other_version,
    "book-kept": remembered.kept,
    "book-same": remembered.same,
    "book-lost": remembered.lost,
    "book-unfolds": remembered.unfolds,
    "token-missing": refusals.token_missing,
    "token-wrong": refusals.token_wrong,
    "token-other": refusals.token_other,
    "other-methods": refusals.other_methods,
    "slow-body": refusals.slow_body,
    "keep-alive": refusals.keep_alive,
}
WATCHED = {
    "ack-names": watch.ack_names,
    "ack-range": watch.ack_range,
    "ack-time": watch.ack_time,
    "refusal-names": watch.refusal_names,
    "in-time": watch.in_time,
}


def check(player: Player) -> Iterator[Verdict]:
    """A verdict on each of `RULES`, in their order, each as soon as it is known.

    EndpointError where nobody answers, or nobody has time. Where the first batch is not acknowledged, nothing else
    can be told.
    """
    first = _verdict("first-batch", partial(PLAYS["first-batch"], player))
    _reached(player, first)
    yield first
    for rule in RULES[1:]:
        if first.verdict != "ok":
            yield Verdict(rule.name, "unknown", rule.asks, rule.see, "not tried: the first batch was not acknowledged")
        elif rule.name in PLAYS:
            yield _verdict(rule.name, partial(PLAYS[rule.name], player))
        else:
            yield _verdict(rule.name, partial(WATCHED[rule.name], player.exchanges))


def _verdict(name: str, play: Callable[[], None]) -> Verdict:
    rule = BY_NAME[name]
    try:
        play()
    except BrokenError as broken:
        exchange = broken.exchange
        return Verdict(name, "broken", rule.asks, rule.see, str(broken), exchange.sent, exchange.came)
    except UnknownError as unknown:
        return Verdict(name, "unknown", rule.asks, rule.see, str(unknown))
    return Verdict(name, "ok", rule.asks, rule.see)


def _reached(player: Player, first: Verdict) -> None:
    answers = [exchange.answer for exchange in player.exchanges]
    if all(isinstance(answer, NoAnswer) for answer in answers):
        last = answers[-1]
        reason = last.reason if isinstance(last, NoAnswer) else ""
        raise EndpointError(
            f"{player.address()}: nobody answers ({reason}). Check the address, and that the endpoint runs"
        )
    if first.verdict == "unknown":
        raise EndpointError(f"{player.address()}: {first.why}")
