"""What became of the files of a form: each goes through ingest by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from images.catalogue.access import AnyUser
from images.catalogue.publishing import asks
from images.catalogue.tags import tag_names
from images.http.limits import count_upload
from images.http.problems import PROBLEMS, describe
from images.ingest.pipeline import ingest
from images.ingest.words import Described
from images.models import Image
from images.pages.filing import file_arrived


@dataclass(frozen=True)
class Outcome:
    """What became of one file: an `image`, new or known before, or the `code` and sentence of a refusal."""

    filename: str
    asked: str  # the visibility asked for
    image: Image | None = None
    is_new: bool = False
    is_untagged: bool = False  # known before, and without some of the tags that were said
    notice: str = ""  # what is not as was asked
    code: str = ""
    refusal: str = ""

    @property
    def differs(self) -> bool:
        """Whether a known image is not as visible as was asked: it stays as it is."""
        return self.image is not None and self.image.visibility != self.asked

    @property
    def waits(self) -> bool:
        """Whether the image was to be shown to others, and is private until somebody speaks of the place."""
        is_asked = self.asked != Image.Visibility.PRIVATE and bool(self.notice)
        return is_asked and self.image is not None and asks(self.image)


def ingest_each(
    request: HttpRequest,
    files: Iterable[UploadedFile],
    visibility: str,
    location: str = "",
    tags: Iterable[str] = (),
    album: str = "",
) -> list[Outcome]:
    """Bring each file into the library; one that is refused, or that the storage fails, stops no other. What
    was taken goes into the album of this name, or into a new one.
    """
    said: Described = {"visibility": visibility, "tags": list(tags)}
    outcomes = [_ingest_one(file, request.user, location, said) for file in files]
    file_arrived(request, album, [outcome.image for outcome in outcomes if outcome.image])
    return outcomes


def _ingest_one(file: UploadedFile, uploaded_by: AnyUser, location: str, said: Described) -> Outcome:
    name = file.name or ""
    try:
        count_upload(uploaded_by.pk)
        image, is_new, notice = ingest(
            file, filename=name, uploaded_by=uploaded_by, location=location, **said
        )
    except Exception as error:
        described = describe(error)
        if described is None:
            raise
        code, sentence = described
        return Outcome(name, said["visibility"], code=code, refusal=sentence)
    is_untagged = not is_new and not {*said["tags"]} <= {*tag_names(image)}
    return Outcome(name, said["visibility"], image, is_new, is_untagged, notice)


def status_of(outcomes: Iterable[Outcome]) -> int:
    """Return the HTTP status of all: 500 when the server failed one, 400 when it took none, else 200."""
    outcomes = list(outcomes)
    if any(outcome.code and PROBLEMS[outcome.code][0] >= 500 for outcome in outcomes):
        return 500
    return 200 if any(outcome.image for outcome in outcomes) else 400
