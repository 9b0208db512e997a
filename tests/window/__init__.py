"""The real kiosk in a real window."""
