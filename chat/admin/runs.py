"""Runs: which models were asked, the outcome and the cost. Nothing that people or models wrote is shown here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ReadOnly, isolated, moment, transcript_link
from chat.admin.filters import ModelFilter, RequesterFilter, UpstreamFilter
from chat.models import Run
from chat.review.figures import figures, outcome
from chat.shown.run_error import words_of_error


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = (
        "id", "started", "state_word", "upstream", "model", "asked_by", "input", "output", "ttft", "elapsed",
        "where",
    )  # fmt: skip
    list_filter = ("status", RequesterFilter, UpstreamFilter, ModelFilter, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("requested_by", "message__conversation")
    list_display_links = ("id",)
    ordering = ("-pk",)
    sortable_by = ("id",)
    fields = (
        "id", "where", "asked_by", "upstream", "model", "outcome_word", "numbers", "fault", "raw_finish_reason", "request_id",
        "created_at", "ended_at", "seq", "claims", "process",
    )  # fmt: skip
    readonly_fields = fields
    closed_lookups = frozenset({"state"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return super().get_queryset(request).select_related("requested_by", "message__conversation")

    @admin.display(description=_("started"), ordering="pk")
    def started(self, run: Run) -> str:
        return moment(run.created_at)

    @admin.display(description=_("status"))
    def state_word(self, run: Run) -> SafeString:
        return status_badge(run)

    @admin.display(description=_("person"))
    def asked_by(self, run: Run) -> SafeString | str:
        return isolated(run.requested_by.get_username()) if run.requested_by else ""

    @admin.display(description=_("tokens in"))
    def input(self, run: Run) -> str | None:
        return None if run.input_tokens is None else f"{run.input_tokens:,}"

    @admin.display(description=_("tokens out"))
    def output(self, run: Run) -> str | None:
        return None if run.output_tokens is None else f"{run.output_tokens:,}"

    @admin.display(description=_("first token"))
    def ttft(self, run: Run) -> str | None:
        return None if run.ttft_seconds is None else f"{run.ttft_seconds:.2f} s"

    @admin.display(description=_("time taken"))
    def elapsed(self, run: Run) -> str | None:
        return None if run.elapsed_seconds is None else f"{run.elapsed_seconds:.1f} s"

    @admin.display(description=_("conversation"))
    def where(self, run: Run) -> SafeString:
        return transcript_link(run.message.conversation, run.message_id)

    @admin.display(description=_("outcome"))
    def outcome_word(self, run: Run) -> str:
        return outcome(run)

    @admin.display(description=_("figures"))
    def numbers(self, run: Run) -> str:
        return " · ".join(figures(run))

    @admin.display(description=_("error"))
    def fault(self, run: Run) -> str:
        error = run.state.get("error") or {}
        return f"{words_of_error(error)} ({error.get('code')})" if error else ""

    @admin.display(description=_("finish reason, as sent"))
    def raw_finish_reason(self, run: Run) -> str:
        return str(run.state.get("raw_finish_reason") or "")

    @admin.display(description=_("the provider's request id"))
    def request_id(self, run: Run) -> str:
        return str(run.state.get("request_id") or "")


def status_badge(run: Run) -> SafeString:
    """The status as a coloured badge."""
    return format_html('<span class="badge badge--{}">{}</span>', run.status, run.status)
