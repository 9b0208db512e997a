"""Cards and images for many kiosks out of one image and one table, and labels for them."""
