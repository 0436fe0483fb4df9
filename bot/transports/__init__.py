"""The wires: one connection each, with its limits and health; what travels on them is the doors' business."""
