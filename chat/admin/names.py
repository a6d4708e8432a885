"""What the administration calls our models and their fields, in the reader's language.

The names are not in the models, because there each change of a name would need a migration.
"""

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

# The singular and plural name of each model.
MODELS: dict[str, tuple[Any, Any]] = {
    "AuditEntry": (_("audit trail entry"), _("audit trail")),
    "Conversation": (_("conversation"), _("conversations")),
    "Invitation": (_("invitation"), _("invitations")),
    "Message": (_("message"), _("messages")),
    "Run": (_("run"), _("runs")),
    "ToolCall": (_("tool call"), _("tool calls")),
    "ToolPolicy": (_("tool"), _("tools")),
    "Upstream": (_("upstream"), _("upstreams")),
    "User": (_("user"), _("users")),
}

# The name of a field in every model that has it.
FIELDS: dict[str, Any] = {
    "allow_private": _("allow private addresses"),
    "arguments": _("arguments"),
    "base_url": _("base URL"),
    "claims": _("taken over"),
    "connect_seconds": _("connect timeout"),
    "context_tokens": _("context size in tokens"),
    "created_at": _("created"),
    "decided_at": _("decided"),
    "deciders": _("who decides"),
    "ended_at": _("ended"),
    "content_seconds": _("content timeout"),
    "first_event_seconds": _("first token timeout"),
    "for_editors": _("for editors"),
    "for_owners": _("for owners"),
    "format": _("format"),
    "images": _("models that accept pictures"),
    "is_administrator": _("administrator"),
    "is_edited": _("edited"),
    "is_enabled": _("switched on"),
    "is_on": _("on"),
    "max_tokens_field": _("field for the length limit"),
    "may_edit": _("may edit"),
    "model": _("model"),
    "model_names": _("models"),
    "name": _("name"),
    "prefill": _("supports prefill"),
    "process": _("process"),
    "provider": _("provider"),
    "role": _("role"),
    "run_seconds": _("answer timeout"),
    "seq": _("position in the journal"),
    "silence_seconds": _("silence timeout"),
    "slug": _("slug"),
    "started_at": _("started"),
    "status": _("status"),
    "stream_options": _("ask for token usage"),
    "tool": _("tool"),
    "updated_at": _("last change"),
    "upstream": _("upstream"),
}


def set_verbose_names() -> None:
    """Give the models and their fields these names; called once, when the app is ready."""
    for model in apps.get_app_config("chat").get_models():
        names = MODELS.get(model.__name__)
        if names is None:
            continue
        model._meta.verbose_name, model._meta.verbose_name_plural = names
        for field in model._meta.local_fields:
            # Django itself names and translates the fields of a user.
            if field.name in FIELDS and model.__name__ != "User":
                field.verbose_name = FIELDS[field.name]
