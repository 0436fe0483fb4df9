"""Knows whether the desk is well: alarms for organisers, the watch over every loop, figures, and what was set aside."""
