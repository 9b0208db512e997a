"""First boot, and each later one: what an installer put on the card or a stick is checked, stored and applied."""
