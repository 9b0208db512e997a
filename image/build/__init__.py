"""Makes what is put on a card: root, package, image. Runs on a developer's machine, never on a kiosk."""
