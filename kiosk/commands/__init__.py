"""The commands of `moodpost` that have a file of their own; each imports what it needs when it runs."""
