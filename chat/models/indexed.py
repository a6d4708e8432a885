"""The searched text: one row with the readable text of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from chat.models.message import given, readable

if TYPE_CHECKING:
    from chat.models.message import Message


class IndexedText(models.Model):
    """The text of a message as a person reads it, with the text of its files and the titles of its sources. `chat.search` searches it.

    Stored in the transaction that makes the text final: a question when it is posted, an answer when its run ends. What
    a database needs for a fast search (see `chat.search.index`) depends on this table and is updated automatically.
    """

    message = models.OneToOneField("chat.Message", primary_key=True, on_delete=models.CASCADE, related_name="indexed")
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="+")
    text = models.TextField()

    def __str__(self) -> str:
        return f"text of message {self.pk}"

    @staticmethod
    def keep(message: Message) -> None:
        """Store the text of `message`, whose parts and attachments are stored."""
        row = IndexedText.of(message)
        if row.text:
            IndexedText.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["message"], update_fields=["conversation", "text"]
            )

    @staticmethod
    def of(message: Message) -> IndexedText:
        """Make the row of `message` without storing it; its text is empty if there is nothing to read."""
        texts = [readable(message.parts), *given(message.parts)]
        if any(part.get("type") == "attachment" for part in message.parts):
            for file in message.attachments.order_by("created_at", "pk"):
                texts += [file.name, file.text]
        text = "\n\n".join(text for text in texts if text)
        return IndexedText(message_id=message.pk, conversation_id=message.conversation_id, text=text)
