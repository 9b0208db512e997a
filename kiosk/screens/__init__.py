"""What is drawn: one file a screen, and what they share. Never knows visits, stores or pins."""
