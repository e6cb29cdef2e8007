"""The way in: one file, folders, samples."""
