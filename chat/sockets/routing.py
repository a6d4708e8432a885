"""The one WebSocket address."""

from django.urls import path

from chat.sockets import consumer

websocket_urlpatterns = [path("ws/", consumer.chat)]  # type: ignore[arg-type]  # Django knows only views
