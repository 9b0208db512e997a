"""`python -m kiosk` is the `moodpost` command. Knows nothing else."""

from kiosk.cli import main

main(prog_name="moodpost")
