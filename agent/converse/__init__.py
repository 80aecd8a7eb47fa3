"""Talking about a finished critique: what a remark wants, and what ledger, operators and judge say to it."""
