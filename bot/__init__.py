"""Delegate Desk: an information desk that answers conference delegates and passes the rest to reception."""

import os

__version__ = "0.1.0"

# Before numpy is read: its matrices here are small, and on a busy machine a thread per core waits more than it works.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
