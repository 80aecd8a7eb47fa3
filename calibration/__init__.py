"""Where numbers come from: known truth, expert labels, what is fitted to them, and how far it can be trusted."""
