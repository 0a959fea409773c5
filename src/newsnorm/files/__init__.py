"""Files: from bytes to text, and JSON Lines."""
