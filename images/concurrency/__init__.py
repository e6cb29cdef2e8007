"""Locks across processes, work in threads."""
