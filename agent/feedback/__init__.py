"""Feedback into generation: rewards for clips, and the loop that refines a prompt from what a critique found."""
