"""What the templates ask of an image and of a person."""

from django import template

from images.accounts import invitations
from images.catalogue import access, albums, publishing, undescribed
from images.pages import labels, pictures, times

register = template.Library()

register.filter("may_invite", invitations.may_invite)
register.filter("may_upload", access.may_upload)
register.filter("may_edit", access.may_edit)
register.filter("may_delete", access.may_delete)
register.filter("may_purge", access.may_purge)
register.filter("may_describe", undescribed.may_describe)
register.filter("may_file", albums.may_file)
register.filter("asks", publishing.asks)

register.filter("cell", pictures.cell)
register.filter("stage", pictures.stage)
register.filter("screen", pictures.screen)
register.filter("thumbnail", pictures.thumbnail)
register.filter("logo", pictures.logo)
register.filter("is_wide", pictures.is_wide)
register.filter("trashed", pictures.trashed)
register.filter("aspect", pictures.aspect)
register.filter("zoomable", pictures.zoomable)

register.filter("alternative", labels.alternative)
register.filter("audience", labels.audience)
register.filter("exposure", labels.exposure)
register.filter("size", labels.size)
register.filter("licence", labels.licence)
register.filter("address", labels.address)
register.filter("moment", times.moment)
register.filter("taken", times.taken)
