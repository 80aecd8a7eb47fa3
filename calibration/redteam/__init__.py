"""The red team: attempts to make a judge obey the clip, and what they change beyond noise."""
