"""Fixtures that every test may ask for."""

pytest_plugins = ("tests.storage_fixtures", "tests.reporter")
