"""The rows of the library."""

from images.models.album import Album, AlbumEntry, AlbumSlug
from images.models.audience import default_visibility
from images.models.change import Change
from images.models.deletion import Deletion
from images.models.favourite import Favourite
from images.models.figure import Figure, Month
from images.models.image import ASKED_FOR, Image
from images.models.inspection_problem import InspectionProblem
from images.models.invitation import Invitation
from images.models.key import LastKey
from images.models.library import Library
from images.models.refusal import Refusal
from images.models.rendition import Rendition
from images.models.schedule import ScheduledJob
from images.models.session import KnownSession
from images.models.share import SharedImage, ShareLink
from images.models.tag import Tag, Tagging
from images.models.token import Scope, Token, TokenTerms
from images.models.undrawn import Undrawn
from images.models.upkeep import KnownManifest, Purged, Restoration
from images.models.warned import Warned

__all__ = [
    "ASKED_FOR",
    "Album",
    "AlbumEntry",
    "AlbumSlug",
    "Change",
    "Deletion",
    "Favourite",
    "Figure",
    "Image",
    "InspectionProblem",
    "Invitation",
    "KnownManifest",
    "KnownSession",
    "LastKey",
    "Library",
    "Month",
    "Purged",
    "Refusal",
    "Rendition",
    "Restoration",
    "ScheduledJob",
    "Scope",
    "ShareLink",
    "SharedImage",
    "Tag",
    "Tagging",
    "Token",
    "TokenTerms",
    "Undrawn",
    "Warned",
    "default_visibility",
]
