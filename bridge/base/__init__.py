"""HTTP client, bounded memory, readers of JSON and XML: no business knowledge."""
