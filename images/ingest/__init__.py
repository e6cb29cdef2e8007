"""The way in: one file, one from an address, folders, samples."""
