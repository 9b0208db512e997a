"""What is wired to the Pi: panel, display, clocks. It knows nothing of votes."""
