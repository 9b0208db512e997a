"""What leaves the kiosk by hand, and what a stick brings: export, support bundle, settings and surveys."""
