"""What people run: explanations, the connector lint and the command line. Never deployed."""
