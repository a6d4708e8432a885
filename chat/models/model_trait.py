"""What has turned out about one model of an upstream: a refusal taught it, or an administrator set it."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from chat.upstreams.lessons import Lesson

# Servers are started with other switches and models get new abilities: after this long a refusal may teach it again,
# which costs one request.
FORGET_AFTER = timedelta(days=30)
MAX_SAID_CHARS = 200


class ModelTrait(models.Model):
    """One trait of one model (chat.upstreams.traits). It holds for the address at which it was learned, and for no other."""

    upstream = models.CharField(max_length=64)
    base_url = models.CharField("base URL", max_length=500)
    model = models.CharField(max_length=200)
    trait = models.CharField(max_length=32)
    value = models.JSONField()
    said = models.CharField(max_length=MAX_SAID_CHARS, blank=True)
    learned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["upstream", "model", "trait"]
        constraints = [models.UniqueConstraint(fields=["upstream", "model", "trait"], name="one_value_per_trait")]
        verbose_name = "model peculiarity"
        verbose_name_plural = "model peculiarities"

    def __str__(self) -> str:
        return f"{self.upstream}/{self.model}: {self.trait}"

    @classmethod
    def known(cls, upstream: str, base_url: str, model: str) -> dict[str, Any]:
        """What is known of a model, as traits."""
        rows = cls.objects.filter(
            upstream=upstream, base_url=base_url, model=model, learned_at__gt=timezone.now() - FORGET_AFTER
        )
        return dict(rows.values_list("trait", "value"))

    @classmethod
    def learn(cls, upstream: str, base_url: str, model: str, lessons: list[Lesson]) -> None:
        """Store what was learned; a later lesson replaces an earlier one about the same trait."""
        for lesson in lessons:
            about: dict[str, Any] = {"base_url": base_url, "value": lesson.value, "said": lesson.said[:MAX_SAID_CHARS]}
            about["learned_at"] = timezone.now()
            cls.objects.update_or_create(about, upstream=upstream, model=model, trait=lesson.trait)

    @classmethod
    def forget(cls, upstream: str, model: str) -> None:
        """Let everything about a model be found out anew."""
        cls.objects.filter(upstream=upstream, model=model).delete()
