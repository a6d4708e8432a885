"""Folders, in which a person files conversations. Nobody else sees them."""

from django.conf import settings
from django.db import models

FOLDER_MAX_CHARS = 60
MAX_FOLDERS = 100


class Folder(models.Model):
    """One folder in the list of one person."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=FOLDER_MAX_CHARS)
    is_open = models.BooleanField(default=False, help_text="Whether the list shows what is in it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
