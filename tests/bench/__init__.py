"""Benchmarks: what the bot costs, with the floor that it stands on measured beside it in the same run."""
