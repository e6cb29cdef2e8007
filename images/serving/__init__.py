"""Bytes over HTTP: views, conditions, ranges, the fast path."""
