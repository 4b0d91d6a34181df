"""A publisher that means harm, or does not know better: hostile and odd cases, each at an address of its own.

`python -m tests.hostile serve` shows them on loopback, `python -m tests.hostile table` writes docs/robustness.md.
"""
