"""The one WebSocket address."""

from django.urls import path

from chat.sockets.consumer import ChatConsumer

websocket_urlpatterns = [path("ws/", ChatConsumer.as_asgi())]
