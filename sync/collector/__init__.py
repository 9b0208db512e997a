"""Our own endpoint: takes batches in, shows what has arrived."""
