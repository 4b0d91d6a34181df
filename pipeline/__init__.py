"""From captures to meaning: extract, identify, compare, decide, and the one orchestrator that ingests."""
