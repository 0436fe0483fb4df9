"""Who works here: the staff list, how its people prove who they are, and the record of what they did."""
