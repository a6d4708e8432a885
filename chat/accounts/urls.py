"""Addresses under /join/."""

from django.urls import path

from chat.accounts import views

urlpatterns = [path("<str:token>/", views.join, name="join")]
