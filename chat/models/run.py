"""One attempt to produce one assistant message, its journal, and the processes that do the work."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class Process(models.Model):
    """A server process. It is alive while `beats` grows; readers judge that by their own clock, never by this row's."""

    id = models.CharField(max_length=32, primary_key=True)
    host = models.CharField(max_length=200, help_text="Host and process namespace: where `pid` has a meaning.")
    pid = models.PositiveIntegerField()
    beats = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Run(models.Model):
    """One attempt to produce one assistant message. `state` is the fold of the journal's `run` changes."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        WAITING = "waiting"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"
        INTERRUPTED = "interrupted"

    LIVE: ClassVar[tuple[str, ...]] = (Status.QUEUED, Status.RUNNING, Status.WAITING)
    # After these the next queued message is posted automatically; after a failure a person decides.
    GOES_ON: ClassVar[tuple[str, ...]] = (Status.DONE, Status.STOPPED)

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="runs")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="runs"
    )
    client_id = models.CharField(max_length=64, null=True)
    upstream = models.CharField(max_length=64)
    model = models.CharField(max_length=200)
    options = models.JSONField(default=dict, help_text="The conversation's options when it was asked for.")
    persona = models.ForeignKey("chat.PersonaVersion", null=True, on_delete=models.SET_NULL, related_name="runs")
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.QUEUED)
    process = models.CharField(max_length=32, blank=True, help_text="The process that works on it.")
    seq = models.PositiveBigIntegerField(default=0, help_text="The newest position in its journal.")
    state = models.JSONField(default=dict)
    stop_requested = models.BooleanField(default=False)
    claims = models.PositiveSmallIntegerField(default=0, help_text="How many processes have taken it over.")
    input_tokens = models.PositiveBigIntegerField(null=True)
    output_tokens = models.PositiveBigIntegerField(null=True)
    ttft_seconds = models.FloatField(null=True)
    elapsed_seconds = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["requested_by", "client_id"], name="one_run_per_client_id")]
        indexes = [
            models.Index(fields=["status", "process"], name="run_by_status"),
            models.Index(fields=["upstream", "model"], name="run_by_model"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.status})"

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    def as_json(self) -> dict[str, Any]:
        """The run as frames show it: its id, status and position, every field of its state, and how it was asked for."""
        asked = {"options": self.options} if self.options else {}
        taken_over = {"claims": self.claims} if self.claims else {}
        return {**self.state, "id": self.pk, "status": self.status, "seq": self.seq, **asked, **taken_over}


class JournalEntry(models.Model):
    """Changes `seq` of a run, which one tick added. They stay for a while after the run's end, for readers behind it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="journal")
    seq = models.PositiveBigIntegerField()
    changes = models.TextField(help_text="A JSON list of changes, as chat.transcript has them.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="one_entry_per_seq")]
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.seq}"
