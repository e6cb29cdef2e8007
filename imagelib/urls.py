"""The map of the site."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from images.api import viewsets as api
from images.http import health
from images.pages import gallery as views
from images.serving import views as files

router = SimpleRouter(trailing_slash=False)
router.register("images", api.ImageViewSet, basename="api-image")

urlpatterns = [
    path("api/v1/images/<uuid:image_id>/file", files.serve_image_file, name="image-file"),
    path("iiif/3/<uuid:image_id>", files.redirect_to_information, name="iiif-image"),
    path("iiif/3/<uuid:image_id>/info.json", files.serve_information, name="iiif-information"),
    path("iiif/3/<uuid:image_id>/<path:spec>", files.serve_rendition, name="iiif-rendition"),
    path("", views.gallery, name="gallery"),
    path("images/<uuid:image_id>", views.image, name="image"),
    path("upload", views.upload, name="upload"),
    path("trash", views.trash, name="trash"),
    path("accounts/login", views.SignIn.as_view(), name="login"),
    path("accounts/logout", views.SignOut.as_view(), name="logout"),
    path("accounts/password", views.ChangePassword.as_view(), name="password_change"),
    path("api/v1/", include(router.urls)),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]

handler400 = "images.http.error_pages.bad_request"
handler403 = "images.http.error_pages.permission_denied"
handler404 = "images.http.error_pages.not_found"
handler500 = "images.http.error_pages.server_error"
