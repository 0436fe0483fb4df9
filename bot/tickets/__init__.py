"""The life of a ticket: who may do what when, and which team it goes to; pure functions."""
