"""Looks once at the way to the endpoint and tells each step, for whoever waits for it. Sends nothing, keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hardware.health import Health
from kiosk.clock import Reading
from kiosk.settings import Settings
from kiosk.trust import Trust
from sync.probes import Prober
from sync.proxy import Proxy
from sync.transport import Transport


def look(settings: Settings, *, trust: Trust, proxy: Proxy | None, clocks: Callable[[], Reading]) -> list[Health]:
    """The readings, from the link up, within 15 s. What only sending tells, such as a token, is unknown."""
    prober = Prober(
        kiosk=settings.kiosk.id,
        endpoint=settings.endpoint,
        noted=lambda key: "",
        clocks=clocks,
        client=lambda total_s: Transport(total_s, trust, proxy),
        trust=trust,
        proxy=proxy,
    )
    return prober.look()


def stopped_at(found: Iterable[Health]) -> Health | None:
    """The step that keeps this machine from the endpoint; None where it gets through, whatever it is told there.

    A certificate that is not believed, or a clock that is not set, is no fault of the network: the line was there.
    """
    steps = [step for step in found if step.name != "wifi"]  # a weak one is told, and keeps nothing from being tried
    tls = next((step for step in steps if step.name == "tls"), None)
    if tls is not None and tls.condition != "unknown":
        return None
    return next((step for step in steps if step.condition == "bad"), tls)
