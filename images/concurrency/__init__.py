"""Locks and counts across processes, work in threads."""
