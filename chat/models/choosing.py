"""Who answers next in a conversation: the model, the persona and the options that its members choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from chat.models.membership import Shared

if TYPE_CHECKING:
    from chat.models.persona import PersonaVersion


class Choosing(Shared):
    """The part of a conversation that says who answers from now on."""

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
        """Take another model, and leave the persona that has its own; the fields that are to be saved."""
        if self.persona is not None and self.persona.model not in ("", model):
            self.persona = None
        self.upstream, self.model = upstream, model
        return "upstream", "model", "persona"

    def choose_persona(self, version: PersonaVersion | None) -> None:
        """Who answers from now on: that version's options, and its model where it has one. None: nobody in particular."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row.persona, row.options = version, version.options if version else {}
            if version is not None and version.model:
                row.upstream, row.model = version.upstream, version.model
            row.advance("persona", "options", "upstream", "model")

    def choose_options(self, options: dict[str, Any]) -> None:
        """What is asked of the model from now on besides the messages; what is not in `options` is the model's own."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row.persona = row.persona if options == row.options else None
            row.options = options
            row.advance("options", "persona")
