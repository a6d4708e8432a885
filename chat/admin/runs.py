"""Runs: which models were asked, the outcome and the cost. Nothing that people or models wrote is shown here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from chat.admin.base import WithTitles, badge, column, figure, moment, person, transcript_link
from chat.admin.filters import ModelFilter, RequesterFilter, UpstreamFilter
from chat.models import Run
from chat.review.figures import figures, outcome
from chat.shown.run_error import words_of_error


@admin.register(Run)
class RunAdmin(WithTitles):
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

    started = column(Run, _("started"), lambda run: moment(run.created_at), ordering="pk")
    state_word = column(Run, _("status"), lambda run: badge(run.status))
    asked_by = column(Run, _("person"), lambda run: person(run.requested_by))
    input = column(Run, _("tokens in"), lambda run: figure("{:,}", run.input_tokens))
    output = column(Run, _("tokens out"), lambda run: figure("{:,}", run.output_tokens))
    ttft = column(Run, _("first token"), lambda run: figure("{:.2f} s", run.ttft_seconds))
    elapsed = column(Run, _("time taken"), lambda run: figure("{:.1f} s", run.elapsed_seconds))
    where = column(Run, _("conversation"), lambda run: transcript_link(run, run.message_id))
    outcome_word = column(Run, _("outcome"), outcome)
    numbers = column(Run, _("figures"), lambda run: " · ".join(figures(run)))

    @admin.display(description=_("error"))
    def fault(self, run: Run) -> str:
        error = run.state.get("error") or {}
        return f"{words_of_error(error)} ({error.get('code')})" if error else ""

    raw_finish_reason = column(
        Run, _("finish reason, as sent"), lambda run: str(run.state.get("raw_finish_reason") or "")
    )
    request_id = column(Run, _("the provider's request id"), lambda run: str(run.state.get("request_id") or ""))
