"""The visitor's kiosk: survey, visit, store, screens and the `moodpost` command."""

__version__ = "0.1.0"
