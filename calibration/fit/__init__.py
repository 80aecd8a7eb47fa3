"""Fits the evidence judge in the laboratory: readings of clips with known faults become answers with known errors."""
