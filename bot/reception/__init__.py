"""Doors for staff: where tickets are shown, and where what staff do to them comes in."""
