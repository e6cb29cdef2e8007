"""What every door shares: problems, error pages, limits, origin, health."""
