"""Copies of the store in a second folder: snapshots, a log close behind, restoring, and moving to another store."""
