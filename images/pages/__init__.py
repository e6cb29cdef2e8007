"""HTML for people: gallery, image, upload, trash."""
