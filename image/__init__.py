"""The SD-card image: recipe, first boot, and what makes them. Nothing of the other wings imports it."""
