"""The rows of the library."""

from images.models.image import Image, default_visibility
from images.models.rendition import Rendition
from images.models.upkeep import KnownManifest, Purged, Restoration

__all__ = ["Image", "KnownManifest", "Purged", "Rendition", "Restoration", "default_visibility"]
