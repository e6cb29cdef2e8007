"""Derived images: find, draw, keep, draw ahead."""
