"""The report: its model (what a critique ends in), the brief it answers, and its renderings."""
