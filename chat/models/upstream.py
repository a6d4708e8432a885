"""A configured endpoint as a row. Those from the environment never become rows."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models


class Upstream(models.Model):
    """An endpoint that answers. Its key is sealed, goes in and never comes out; only `key_hint` is shown."""

    class Format(models.TextChoices):
        OPENAI = "openai", "OpenAI (/v1/chat/completions)"
        ANTHROPIC = "anthropic", "Anthropic (/v1/messages)"

    class MaxTokensField(models.TextChoices):
        MAX_TOKENS = "max_tokens"
        MAX_COMPLETION_TOKENS = "max_completion_tokens"

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    format = models.CharField(max_length=9, choices=Format.choices)
    base_url = models.URLField(max_length=500, help_text="With or without a trailing /v1.")
    sealed_key = models.TextField(blank=True, editable=False)
    key_hint = models.CharField(max_length=4, blank=True, editable=False)
    model_names = models.JSONField(default=list, blank=True, help_text="Model names; empty: ask the upstream.")
    is_enabled = models.BooleanField(default=True)
    allow_private = models.BooleanField(
        default=False, help_text="The address may be private or on this machine (a local model server)."
    )
    connect_seconds = models.FloatField(default=10, validators=[MinValueValidator(0.1)])
    first_event_seconds = models.FloatField(default=300, validators=[MinValueValidator(0.1)])
    silence_seconds = models.FloatField(default=60, validators=[MinValueValidator(0.1)])
    run_seconds = models.FloatField(default=1800, validators=[MinValueValidator(1)])
    stream_options = models.BooleanField(default=True, help_text="Ask for usage (some servers refuse the field).")
    max_tokens_field = models.CharField(
        max_length=21, choices=MaxTokensField.choices, default=MaxTokensField.MAX_TOKENS
    )
    prefill = models.BooleanField(default=False, help_text="Its models go on from a prefilled assistant turn.")
    context_tokens = models.PositiveIntegerField(null=True, blank=True, help_text="Cut the history to this size.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
