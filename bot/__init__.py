"""Delegate Desk: an information desk that answers conference delegates and passes the rest to reception."""

__version__ = "0.1.0"
