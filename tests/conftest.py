"""Fixtures that every test may ask for."""

from hypothesis import settings

pytest_plugins = ("tests.storage_fixtures", "tests.reporter")

# Machines are shared: what takes a millisecond took a quarter of a second once, and failed.
settings.register_profile("warraq", deadline=None)
settings.load_profile("warraq")
