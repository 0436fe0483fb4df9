"""The turns at the desk: a delegate's message, a member of staff's action, and what falls due by itself."""
