"""The HTTP API: requests in, one answer and one log line out."""
