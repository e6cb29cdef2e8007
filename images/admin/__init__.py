"""Django's admin: curation of images, and the credentials that can be taken back."""

from images.admin import credentials, images

__all__ = ["credentials", "images"]  # imported to be registered: Django looks no further than here
