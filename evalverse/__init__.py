"""EvalVerse: an evaluator agent for film clips."""
