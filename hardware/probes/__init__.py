"""What this board can tell of itself. Knows nothing of votes."""
