"""The commands of ``desk``: each in a file of its own, thin shells around the rooms."""
