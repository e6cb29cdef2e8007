"""Derived images: find, draw, store, draw ahead."""
