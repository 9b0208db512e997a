"""What an answer to a plain question says of the endpoint: is it there, is it the one, what time has it. Pure.

Never knows sockets or files. The question is a GET of the address that batches are posted to; it carries no token.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from hardware.health import Health, bad, good, unknown
from sync.reply import Answer, NoAnswer

DRIFT_S = 120
"""Clocks that are further apart are told: an answer may take a few seconds, a proxy may keep it for some more."""

_PORTAL = "A captive portal answers in the endpoint's place: this network wants a login. Have this kiosk let through."
_REFUSED = "The endpoint refuses this kiosk. Votes wait here safely; whoever runs the endpoint knows why."
_DENIED = {
    "401": "The endpoint doesn't know this kiosk's token: it is wrong or revoked. Put in a new one; votes wait here.",
    "403": "The endpoint doesn't let this kiosk send under this id: is the id in the settings the token's? Votes wait "
    "here safely.",
    "410": "The endpoint has retired this kiosk: whoever runs it must take it up again. Votes wait here safely.",
}
"""By the status that the sender was denied with (docs/endpoint.md)."""
_NO_PORTAL = "No captive portal is in the way."


def portal(answer: Answer | NoAnswer, host: str) -> Health:
    """Whether what came over a line that is proven to be the endpoint's is a portal's all the same."""
    if isinstance(answer, NoAnswer):
        return unknown(
            "portal", "Whether a captive portal is in the way can't be told: nothing was answered.", answer.reason
        )
    if answer.status == 511 or _leads_elsewhere(answer, host):
        return bad("portal", _PORTAL, _raw(answer))
    if 200 <= answer.status < 300 and _is_page(answer):
        said = "A web page answers in the endpoint's place: a captive portal, or the address in the settings is wrong."
        return bad("portal", said, _raw(answer))
    return good("portal", _NO_PORTAL, _raw(answer))


def portal_in_plain(answer: Answer | NoAnswer, host: str, *, stranger: bool) -> Health:
    """The same where there is no line to the endpoint, from what answers without encryption under its name.

    A server may have any page there, so a page is a portal's only where the encrypted line met a `stranger`.
    """
    if isinstance(answer, NoAnswer):
        said = "Whether a captive portal is in the way can't be told: nothing answers without encryption either."
        return unknown("portal", said, answer.reason)
    page = stranger and 200 <= answer.status < 300 and _is_page(answer)
    if answer.status == 511 or _leads_elsewhere(answer, host) or page:
        return bad("portal", _PORTAL, _raw(answer))
    if stranger:
        said = "Somebody else answers in the endpoint's place; whether that is a captive portal can't be told."
        return unknown("portal", said, _raw(answer))
    return good("portal", _NO_PORTAL, _raw(answer))


def endpoint(answer: Answer | NoAnswer, problem: str) -> Health:
    """Whether the endpoint answers; `problem` is what the sender met last, "" where all was well."""
    if isinstance(answer, NoAnswer):
        said = "The endpoint takes connections and then does not answer: is it overloaded or broken?"
        return bad("endpoint", said, answer.reason)
    if answer.status >= 500:
        said = f"The endpoint is in trouble (it answers {answer.status}): whoever runs it must see to it."
        return bad("endpoint", said, _raw(answer))
    if 300 <= answer.status < 400:
        return bad(
            "endpoint", "The endpoint sends elsewhere: the address in the settings is not the final one.", _raw(answer)
        )
    if answer.status == 407:
        return bad("endpoint", "A proxy wants a password before it lets this kiosk through.", _raw(answer))
    if "a wrong address?" in problem:
        said = (
            "What answers at the endpoint's address is no endpoint of Moodpost: is the address in the settings right?"
        )
        return bad("endpoint", said, problem)
    return good("endpoint", "The endpoint answers.", f"{_raw(answer)}; sending met: {problem or 'nothing'}")


def token(denied: str, contact: str) -> Health:
    """Whether the endpoint takes this kiosk's token, by what the sender was told last."""
    if denied:
        return bad("token", _DENIED.get(denied.partition(": ")[2][:3], _REFUSED), denied)
    if contact:
        return good("token", "The endpoint accepts this kiosk's token.")
    return unknown(
        "token", "Whether the endpoint accepts this kiosk's token is not known: nothing was acknowledged yet."
    )


def drift(answer: Answer | NoAnswer, now_s: float, *, clock_is_set: bool) -> Health:
    """How far the endpoint's clock is from ours, which stood at `now_s` (Unix) when the answer came."""
    date = "" if isinstance(answer, NoAnswer) else answer.headers.get("date", "")
    try:
        at = parsedate_to_datetime(date)
        apart_s = now_s - (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return unknown("drift", "Whether the clock is right can't be told: the endpoint names no time.", date)
    raw = f"ours − theirs = {apart_s:.0f} s, theirs = {date}"
    if abs(apart_s) < DRIFT_S:
        return good("drift", "The clock goes with the endpoint's.", raw)
    way = "ahead of" if apart_s > 0 else "behind"
    why = "are its time servers right?" if clock_is_set else "nobody has set it. Is NTP (UDP port 123) blocked?"
    return bad("drift", f"The clock is {_span(abs(apart_s))} {way} the endpoint's: {why}", raw)


def _span(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} minutes"


def _leads_elsewhere(answer: Answer, host: str) -> bool:
    return 300 <= answer.status < 400 and _leads_to(answer) not in ("", host.lower())


def _leads_to(answer: Answer) -> str:
    """The host it sends to, "" where it is its own. The rest of a portal's address may name this network."""
    try:
        return urlsplit(answer.headers.get("location", "")).hostname or ""
    except ValueError:
        return "?"


def _is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))


def _raw(answer: Answer) -> str:
    words = [f"HTTP {answer.status}", answer.headers.get("content-type", "")]
    if to := _leads_to(answer):
        words.append(f"to {to}")
    return ", ".join(filter(None, words))
