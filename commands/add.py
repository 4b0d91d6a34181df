"""``warraq add``: a new source in the configuration, with the feeds that its site offers."""

from __future__ import annotations
