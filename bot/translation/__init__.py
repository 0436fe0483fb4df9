"""Optional: what people wrote in another language, put into the reader's by a service. Off unless it is configured."""
