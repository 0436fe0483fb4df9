"""Brings rows of the outbox to their addresses: by lane, in order per chat, within the doors' limits."""
