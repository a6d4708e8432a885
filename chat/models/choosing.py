"""What answers next in a conversation: the model, the persona and the options that its members choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from chat.models.membership import Shared

if TYPE_CHECKING:
    from chat.models.persona import PersonaVersion


class Choosing(Shared):
    """The part of a conversation that says what answers from now on."""

    upstream = models.CharField(max_length=64, blank=True, help_text="Slug of the upstream that answers next.")
    model = models.CharField(max_length=200, blank=True)
    options = models.JSONField(default=dict, help_text="System prompt, temperature and the like, where they were set.")
    persona = models.ForeignKey(
        "chat.PersonaVersion", null=True, on_delete=models.SET_NULL, related_name="conversations",
        help_text="Whose model and options these are, until somebody chooses others.",
    )  # fmt: skip

    class Meta:
        abstract = True

    def choose_model(self, upstream: str, model: str) -> None:
        """The model that answers from now on."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row.advance(*row.note_model(upstream, model))

    def note_model(self, upstream: str, model: str) -> tuple[str, ...]:
        """Choose another model, and leave a persona that has its own; returns the fields to save."""
        if self.persona is not None and self.persona.model not in ("", model):
            self.persona = None
        self.upstream, self.model = upstream, model
        return "upstream", "model", "persona"

    def choose_persona(self, version: PersonaVersion | None) -> None:
        """Choose a version of a persona: its options, and its model if it has one. None means no persona."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row.persona, row.options = version, version.options if version else {}
            if version is not None and version.model:
                row.upstream, row.model = version.upstream, version.model
            row.advance("persona", "options", "upstream", "model")

    def choose_options(self, options: dict[str, Any]) -> None:
        """Set the options for the model from now on; the model's defaults apply to all that `options` leaves out."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row.persona = row.persona if options == row.options else None
            row.options = options
            row.advance("options", "persona")
