"""New images filed in the album that was said with them."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser
from images.catalogue.album_entries import file
from images.models import Album


def file_new(user: AnyUser | None, album: Album | None, image: UUID, notice: str = "") -> str:
    """Put the image of this id that came in, new or known before, into `album`, if any; return `notice`, and
    why it is not there where it is not. Without a `user` nobody is asked.
    """
    if not album:
        return notice
    try:
        file(user, album, [image])
    except ValidationError as error:
        reasons = " ".join(error.messages)
    except Album.DoesNotExist:
        reasons = _("The album was deleted meanwhile.")
    else:
        return notice
    return " ".join(filter(None, (notice, _("It is not in the album."), reasons)))
