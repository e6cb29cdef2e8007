"""The indexes of lists: one for each order, read in both directions, and one a filter that may be rare.

Of what is listed alone: none is read for the trash. On SQLite never one of `deleted_at` before another
column: it is taken for every list, which is sorted then.
"""

from django.db import models

ORDERED = ("created_at", "size", "width", "height", "title", "filename", "dated_at")
FILTERED = ("mime_type", "iso", "f_number")
FACETS = ("camera", "lens", "licence")  # whose values are suggested, to each person those of what they see


def _listed(*fields: str, name: str) -> models.Index:
    return models.Index(fields=fields, name=f"image_{name}", condition=models.Q(deleted_at__isnull=True))


UNDESCRIBED = models.Q(deleted_at__isnull=True, alt_text="", decorative=False)  # they lack their words

LISTED = [
    *(_listed(field, "id", name=field) for field in ORDERED),
    *(_listed(field, name=field) for field in FILTERED),
    *(_listed(field, "visibility", name=field) for field in FACETS),
    _listed("visibility", "-created_at", "-id", name="visibility"),
    _listed("uploaded_by", "-created_at", name="uploader"),
    models.Index(
        fields=["uploaded_by", "-deleted_at"],
        name="image_own_trash",
        condition=models.Q(deleted_at__isnull=False),
    ),
    models.Index(
        fields=["visibility", "-created_at", "-id"], name="image_undescribed", condition=UNDESCRIBED
    ),
    models.Index(
        fields=["uploaded_by", "visibility", "-created_at", "-id"],
        name="image_own_undescribed",
        condition=UNDESCRIBED,
    ),
    models.Index(fields=["verified_at", "id"], name="image_verified"),
    models.Index(fields=["inspection_version", "id"], name="image_inspection"),
    models.Index(
        fields=["created_at", "id"], name="image_unindexed", condition=models.Q(search_key__isnull=True)
    ),
]
