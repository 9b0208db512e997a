"""What is drawn: one file a screen, and what they share. Never knows visits, stores or pins."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # whoever draws has nothing to say on standard output
