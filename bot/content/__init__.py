"""Reads content/: the library and an event become one immutable snapshot, or a complete list of faults."""
