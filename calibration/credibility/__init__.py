"""How far scores agree with a truth: statistics, and the study of a user's own ratings."""
