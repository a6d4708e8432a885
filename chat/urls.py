"""The pages of the chat."""

from django.urls import path

from chat import files, frames, gallery, install, views

urlpatterns = [
    path("", views.page, name="new_conversation"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("gallery/", gallery.sheet, name="gallery"),
    path("gallery/<slug:scene>/", gallery.scene, name="gallery_scene"),
    path("c/<uuid:conversation>/", views.page, name="conversation"),
    path("files/", files.upload, name="upload"),
    path("files/<uuid:attachment>/", files.file, name="file"),
    path("files/<uuid:attachment>/small/", files.file, {"which": "small"}, name="thumbnail"),
    path("frames/diagram/", frames.diagram, name="diagram_frame"),
    path("frames/image/", frames.image, name="image_frame"),
]
