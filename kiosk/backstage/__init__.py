"""The technician's way in, and what the diagnostics can have done, each errand on a thread of its own."""
