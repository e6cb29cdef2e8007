"""The rules of the rows: who sees which, search, curation, trash, cursors."""
