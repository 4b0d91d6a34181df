"""The parts of the local publisher that the tests and the demo run against; `tests.newsroom` is the way in."""
