"""Locks and counts across processes, deadlines of queries, work in threads."""
