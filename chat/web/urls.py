"""The pages of the chat."""

from django.urls import path

from chat.uploads import views as uploads
from chat.web import gallery, manifest, page, reports, sandboxes, taking

urlpatterns = [
    path("", page.page, name="new_conversation"),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("reports/csp/", reports.csp, name="csp_report"),
    path("gallery/", gallery.sheet, name="gallery"),
    path("gallery/<slug:scene>/", gallery.scene, name="gallery_scene"),
    path("c/<uuid:conversation>/", page.page, name="conversation"),
    path("c/<uuid:conversation>/print/", taking.printed, name="print"),
    path("c/<uuid:conversation>/download/<slug:form>/", taking.download, name="download"),
    path("files/", uploads.upload, name="upload"),
    path("files/<uuid:attachment>/", uploads.file, name="file"),
    path("files/<uuid:attachment>/small/", uploads.file, {"which": "small"}, name="thumbnail"),
    path("files/<uuid:attachment>/page/<int:number>/", uploads.page, name="file_page"),
    path("files/<uuid:attachment>/text/", uploads.text, name="file_text"),
    path("files/<uuid:attachment>/encoding/", uploads.encoding, name="file_encoding"),
    path("frames/diagram/", sandboxes.diagram, name="diagram_sandbox"),
    path("frames/image/", sandboxes.image, name="image_sandbox"),
]
