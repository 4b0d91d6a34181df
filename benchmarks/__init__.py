"""Measurements of ours beside the peers, as ratios taken in one run."""
