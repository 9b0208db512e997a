"""`python -m kiosk` is the `moodpost` command. Knows nothing else."""

from kiosk.door import main

main(prog_name="moodpost")
