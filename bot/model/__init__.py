"""The vocabulary: people, messages, tickets, staff actions, content and errors; standard library only."""
