"""The SD-card image in an emulated board: pins, touch, screen, network and power as a test wants them."""
