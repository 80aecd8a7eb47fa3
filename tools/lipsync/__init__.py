"""Lips against voice: features of both, the small model that compares them, and the search for their offset."""
