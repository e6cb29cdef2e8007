"""Django's admin: curation of images, people, and the credentials that can be taken back."""

from images.admin import albums, credentials, images, library, people, schedule, shares, tags, tasks

__all__ = [
    "albums",
    "credentials",
    "images",
    "library",
    "people",
    "schedule",
    "shares",
    "tags",
    "tasks",
]  # imported to be registered: Django looks no further than here
