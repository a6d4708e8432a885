"""The pages of the chat."""

from django.urls import path

from chat import views

urlpatterns = [
    path("", views.page, name="new_conversation"),
    path("c/<uuid:conversation>/", views.page, name="conversation"),
]
