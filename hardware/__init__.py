"""What is wired to the Pi: panel, display, clocks. It knows nothing of votes."""

import sys

# pygame brings its mixer along with a dozen codecs, 2.5 MB in memory; nothing here plays what they read. Modules that
# are None can't be imported, and pygame goes without.
sys.modules.update({"pygame.mixer": None, "pygame.mixer_music": None})  # type: ignore[dict-item]
