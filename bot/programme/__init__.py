"""The programme as questions see it: now, next, a day, a room, a session; pure functions."""
