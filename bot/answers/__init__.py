"""Understands a message: language, emergencies, small talk, topic, what it asks for; pure functions of their inputs."""
