"""Times as film people write them."""
