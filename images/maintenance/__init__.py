"""The whole library at once: verify, prune, back up, restore."""
