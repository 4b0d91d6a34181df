"""Pages that scripts make: put through Chromium, whose only way out is our own guarded proxy."""
