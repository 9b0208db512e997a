"""Texts that are translated before a screen says them: found by `build.py`, never imported at run time.

A line goes once a screen has its text; `make messages` tells which.
"""

from __future__ import annotations

from gettext import ngettext


def N_(text: str) -> str:
    """Mark `text` for translation."""
    return text


TEXTS = (
    N_("Are you still there? Touch the screen to go on."),
    N_("Choose all that apply"),
    N_("Choose your language"),
    N_("Done"),
    N_("High contrast"),
    N_("Large text"),
    N_("Not at all likely"),
    N_("Please leave no e-mail address, phone or card number: they are not kept."),
    N_("Space"),
    N_("That is all that fits."),
    N_("Very likely"),
    N_("Within reach"),
    N_("Write here"),
    N_("You said, we did"),
    ngettext("%(count)d person has answered today", "%(count)d people have answered today", 1),
    ngettext("This closes in %(count)d second", "This closes in %(count)d seconds", 1),
    ngettext("You can change it for %(count)d second", "You can change it for %(count)d seconds", 1),
)
