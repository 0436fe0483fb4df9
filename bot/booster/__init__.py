"""Optional: how near a message is in meaning to each topic, from sentence embeddings. Off unless it is configured."""
