"""The hostile network and the sudden end: whole campaigns drawn from a seed. `make test-faults` runs them long."""
