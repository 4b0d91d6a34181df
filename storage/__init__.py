"""What is kept: WARC files (what was received) and the SQL archive (what it means)."""
