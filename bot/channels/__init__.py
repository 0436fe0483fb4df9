"""Doors for delegates: each turns what arrives into `Inbound` and what leaves into its own form."""
