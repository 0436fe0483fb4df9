"""What is kept of people, for how long, how it goes away, and how they get to see it."""
