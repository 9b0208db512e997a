"""The diagnostics while they are open: a page a file, none of which knows screens, pins, files, time or threads."""
