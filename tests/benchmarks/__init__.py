"""Each figure beside its baseline, measured in the same run. `make bench` runs them all."""
