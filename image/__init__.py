"""The SD-card image: first boot, which ships, and its recipe, which does not. Nobody imports this wing."""
