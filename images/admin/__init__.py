"""Django's admin: curation of images, people, and the credentials that can be taken back."""

from images.admin import credentials, images, people

__all__ = ["credentials", "images", "people"]  # imported to be registered: Django looks no further than here
