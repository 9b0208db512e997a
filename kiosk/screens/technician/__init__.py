"""The technician's screens, a file a page. Dark, so that nobody mistakes them for the visitor's."""
