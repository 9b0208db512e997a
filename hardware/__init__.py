"""What is wired to the Pi: panel, display, clocks. It knows nothing of votes."""

from hardware.lean import leave_out

leave_out()
