"""Plays a kiosk against any endpoint and tells which rules it breaks. Knows nothing of our collector's inside."""
