"""What was changed: who, when, and what it was before and after. Rules are in catalogue/history.py."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.models.tag import MAX_KEY_LENGTH


class Change(models.Model):
    """What one action changed of one image, tag or album, which may be gone by now: so no foreign key.

    `before` and `after` have the same names: fields, `tag:` and a key, `image:` and an id.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Image")
        TAG = "tag", _("Tag")
        ALBUM = "album", _("Album")

    class What(models.TextChoices):
        EDIT = "edit", _("changed")
        TRASH = "trash", _("moved to the trash")
        RESTORE = "restore", _("taken out of the trash")
        CREATE = "create", _("made")
        DELETE = "delete", _("deleted")
        FILE = "file", _("images added")
        UNFILE = "unfile", _("images taken out")
        MOVE = "move", _("images moved")
        RENAME = "rename", _("renamed")
        MERGE = "merge", _("merged")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(  # null for a command, and for somebody who is gone
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    kind = models.CharField(_("of"), max_length=5, choices=Kind.choices)
    target = models.CharField(max_length=MAX_KEY_LENGTH)  # the id of an image or album, the key of a tag
    what = models.CharField(_("what"), max_length=7, choices=What.choices)
    action = models.UUIDField()  # the same for all that one request changed
    undoes = models.UUIDField(null=True)  # the change that this one undoes, which may be gone
    number = models.PositiveIntegerField()  # of names in `before`: of a large album's rows these are not read
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ("-at", "-id")
        default_permissions = ()  # who may edit what was changed sees it and undoes it
        indexes = [
            models.Index(fields=["kind", "target", "at", "id"], name="change_target"),
            models.Index(fields=["action", "id"], name="change_action"),
            models.Index(fields=["at", "id"], name="change_at"),
        ]
        verbose_name = _("change")
        verbose_name_plural = _("changes")

    def __str__(self) -> str:
        return f"{self.kind} {self.target}: {self.what}"
