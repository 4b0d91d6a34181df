"""The sub-commands of ``warraq``: parse, call, print. They decide nothing."""
