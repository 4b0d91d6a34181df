"""What a stranger needs to check one article offline: ``bundle`` writes it, ``check.py`` goes with it."""
