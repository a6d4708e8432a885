"""The pages of the chat."""

from django.urls import path

from chat import files, views

urlpatterns = [
    path("", views.page, name="new_conversation"),
    path("c/<uuid:conversation>/", views.page, name="conversation"),
    path("files/", files.upload, name="upload"),
    path("files/<uuid:attachment>/", files.file, name="file"),
    path("files/<uuid:attachment>/small/", files.file, {"which": "small"}, name="thumbnail"),
]
