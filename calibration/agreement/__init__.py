"""How far operators' readings agree with people who rated clips, and how far people agree with each other."""
