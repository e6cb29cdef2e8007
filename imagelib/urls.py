"""The map of the site."""

from django.contrib import admin
from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from images.accounts.views import (
    ChangePassword,
    SetPassword,
    SignIn,
    SignOut,
    ask_for_link,
    change_email,
    may_upload,
)
from images.admin.figures import figures
from images.api.albums import AlbumViewSet
from images.api.batch import Batch
from images.api.by_hash import ByHash
from images.api.documentation import Documentation
from images.api.favourites import FavouriteView
from images.api.history import History, Undo
from images.api.schema import SchemaView
from images.api.shares import ShareViewSet
from images.api.suggestions import Suggestions
from images.api.tags import TagViewSet
from images.api.timeline import Timeline
from images.api.tokens import TokenViewSet
from images.api.viewsets import ImageViewSet
from images.http.health import healthz, readyz
from images.pages.account import account
from images.pages.albums import album, albums
from images.pages.arrivals import arrivals
from images.pages.describing import words, words_of
from images.pages.gallery import gallery
from images.pages.history import album_history, image_history, tag_history, undo_change
from images.pages.image import image
from images.pages.invitations import invitations
from images.pages.joining import join_page
from images.pages.searching import search_page
from images.pages.shares import share_terms, shares
from images.pages.sharing import new_share
from images.pages.tags import tag, tags
from images.pages.theme import theme
from images.pages.trash import trash
from images.pages.upload import upload
from images.pages.visits import share, shared_image
from images.serving import views as serving
from images.serving.downloads import download_album, download_images
from images.serving.shared_originals import download_share, serve_shared_file
from images.serving.shares import serve_shared_picture
from images.serving.trash import serve_trashed_picture

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("images", ImageViewSet, basename="api-image")
router.register("albums", AlbumViewSet, basename="api-album")
router.register("tags", TagViewSet, basename="api-tag")
router.register("shares", ShareViewSet, basename="api-share")
router.register("tokens", TokenViewSet, basename="api-token")

urlpatterns = [
    # Reached past sessions and CSRF: serving/middleware.py sends requests for bytes straight here.
    path("api/v1/images/<uuid:image_id>/file", serving.serve_image_file, name="image-file"),
    path("iiif/3/<uuid:image_id>", serving.redirect_to_information, name="iiif-image"),
    path("iiif/3/<uuid:image_id>/info.json", serving.serve_information, name="iiif-information"),
    path("iiif/3/<uuid:image_id>/<path:spec>", serving.serve_rendition, name="iiif-rendition"),
    path("trash/<uuid:image_id>/picture", serve_trashed_picture, name="trash-picture"),
    path("s/<str:secret>/<uuid:name>/file", serve_shared_file, name="shared-file"),
    path("s/<str:secret>/<uuid:name>/<path:spec>", serve_shared_picture, name="shared-picture"),
    # All else passes the whole of MIDDLEWARE.
    path("", gallery, name="gallery"),
    path("search", search_page, name="search-help"),
    path("images/<uuid:image_id>", image, name="image"),
    path("images/<uuid:image_id>/history", image_history, name="image-history"),
    path("changes/<uuid:pk>/undo", undo_change, name="undo"),
    path("albums", albums, name="albums"),
    path("albums/<str:slug>", album, name="album"),
    path("albums/<str:slug>/history", album_history, name="album-history"),
    path("tags", tags, name="tags"),
    path("tags/<str:slug>", tag, name="tag"),
    path("tags/<str:slug>/history", tag_history, name="tag-history"),
    path("words", words, name="words"),
    path("words/<uuid:image_id>", words_of, name="words-of"),
    path("upload", upload, name="upload"),
    path("s/<str:secret>", share, name="share"),
    path("s/<str:secret>/<uuid:name>", shared_image, name="shared-image"),
    path("s/<str:secret>/download", download_share, name="shared-download"),
    path("selection", arrivals, name="selection"),
    path("trash", trash, name="trash"),
    path("shares", shares, name="shares"),
    path("shares/new", new_share, name="new-share"),
    path("shares/<uuid:share_id>", share_terms, name="share-terms"),
    re_path(r"^theme/([0-9a-f]{6})\.css\Z", theme, name="theme"),
    path("account", account, name="account"),
    path("accounts/login", SignIn.as_view(), name="login"),
    path("accounts/logout", SignOut.as_view(), name="logout"),
    path("accounts/password", ChangePassword.as_view(), name="password_change"),
    path("accounts/email", change_email, name="email"),
    path("accounts/reset", ask_for_link, name="password_reset"),
    path("accounts/reset/<uidb64>/<token>", SetPassword.as_view(), name="password_reset_confirm"),
    path("accounts/invitations", invitations, name="invitations"),
    path("accounts/join/<str:secret>", join_page, name="join"),
    path("accounts/may-upload", may_upload, name="may-upload"),
    path("api/v1/", include(router.urls)),
    re_path(r"^api/v1/images/by-hash/(?P<sha256>[0-9A-Fa-f]{64})\Z", ByHash.as_view(), name="api-by-hash"),
    path("api/v1/images/<uuid:pk>/history", History.as_view(), name="api-history"),
    path("api/v1/changes/<uuid:pk>/undo", Undo.as_view(), name="api-undo"),
    path("api/v1/batch", Batch.as_view(), name="api-batch"),
    path("api/v1/images/<uuid:id>/favourite", FavouriteView.as_view(), name="api-favourite"),
    path("api/v1/download", download_images, name="download"),
    path("api/v1/albums/<uuid:album_id>/download", download_album, name="album-download"),
    path("api/v1/suggestions", Suggestions.as_view(), name="api-suggestions"),
    path("api/v1/timeline", Timeline.as_view(), name="api-timeline"),
    path("api/schema", SchemaView.as_view(), name="api-schema"),
    path("api/docs", Documentation.as_view(url_name="api-schema"), name="api-docs"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/figures/", figures, name="admin-figures"),
    path("admin/", admin.site.urls),
    # /metrics is answered before all of this, whatever host is asked for: images/http/metrics.py.
]

handler400 = "images.http.error_pages.bad_request"
handler403 = "images.http.error_pages.permission_denied"
handler404 = "images.http.error_pages.not_found"
handler500 = "images.http.error_pages.server_error"
