"""Filters that one types into: a list of all people or all models would read the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat import catalogue
from chat.models import Conversation, Feedback, Membership, Message, Run, User

LONGEST_CHARS = 200
# Names that are offered while typing; with more people than this, one types.
MOST_SUGGESTIONS = 100


class TextFilter(admin.ListFilter):
    """A field to type into. Subclasses say what it is compared with."""

    template = "admin/text_filter.html"
    parameter_name: ClassVar[str]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        given = params.pop(self.parameter_name, [])
        self.value = (given[-1] if given else "").replace("\0", "")[:LONGEST_CHARS].strip()
        if self.value:
            self.used_parameters[self.parameter_name] = self.value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """One entry, all that the template needs: the other parameters go along, the page number does not."""
        yield {
            "selected": bool(self.value),
            "name": self.parameter_name,
            "value": self.value,
            "others": [pair for pair in changelist.params.items() if pair[0] not in (self.parameter_name, PAGE_VAR)],
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "suggestions": self.suggestions(),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.matching(queryset) if self.value else queryset

    def matching(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that fit `self.value`."""
        raise NotImplementedError

    def suggestions(self) -> list[str]:
        """What is offered while typing."""
        return []


class PersonFilter(TextFilter):
    """By a person's name, whatever its case. Each list has its own field for the person."""

    title = _("person")
    parameter_name = "person"
    field: ClassVar[str]

    def matching(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field}__in": self.people()})

    def people(self) -> QuerySet[User]:
        return User.objects.filter(username__iexact=self.value)

    def suggestions(self) -> list[str]:
        names = list(User.objects.order_by("username").values_list("username", flat=True)[: MOST_SUGGESTIONS + 1])
        return names if len(names) <= MOST_SUGGESTIONS else []


class AuthorFilter(PersonFilter):
    title = _("author")
    field = "author"


class RequesterFilter(PersonFilter):
    field = "requested_by"


class ActorFilter(PersonFilter):
    field = "actor"


class MemberFilter(PersonFilter):
    """By somebody who is in the conversation."""

    title = _("member")

    def matching(self, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        there = Membership.objects.filter(conversation=OuterRef("pk"), user__in=self.people())
        return queryset.filter(Exists(there))


class UpstreamFilter(TextFilter):
    title = _("upstream")
    parameter_name = "upstream"

    def matching(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(upstream=self.value)

    def suggestions(self) -> list[str]:
        return [listing.slug for listing in catalogue.listings()]


class ModelFilter(TextFilter):
    title = _("model")
    parameter_name = "model"

    def matching(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(model=self.value)

    def suggestions(self) -> list[str]:
        return sorted({model for listing in catalogue.listings() for model in listing.models})[:MOST_SUGGESTIONS]


class AnsweringUpstreamFilter(UpstreamFilter):
    """By an upstream that answers, or has answered, in the conversation."""

    def matching(self, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        return queryset.filter(Q(upstream=self.value) | Q(pk__in=where(Message.objects.filter(upstream=self.value))))


class AnsweringModelFilter(ModelFilter):
    """By a model that answers, or has answered, in the conversation."""

    def matching(self, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        return queryset.filter(Q(model=self.value) | Q(pk__in=where(Message.objects.filter(model=self.value))))


class OutcomeFilter(admin.SimpleListFilter):
    """By the status of a run; of a conversation, by that of any of its messages."""

    title = _("run status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label).lower()) for value, label in Run.Status.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in Run.Status.values:
            return queryset
        if queryset.model is Conversation:
            return queryset.filter(pk__in=where(Message.objects.filter(run__status=value)))
        return queryset.filter(run__status=value)


class RatingFilter(admin.SimpleListFilter):
    """Answers by what people think of them."""

    title = _("rating")
    parameter_name = "rating"
    CHOICES: ClassVar[dict[str, tuple[Any, Q]]] = {
        "good": (_("thumbs up"), Q(value=1)),
        "bad": (_("thumbs down"), Q(value=-1)),
        "reason": (_("with a reason"), ~Q(reason="")),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, words) for value, (words, _condition) in self.CHOICES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        value = self.value()
        if value not in self.CHOICES:
            return queryset
        return queryset.filter(Exists(Feedback.objects.filter(self.CHOICES[value][1], message=OuterRef("pk"))))


class TrashFilter(admin.SimpleListFilter):
    """Whether it is in the trash of its owners: administrators see both until it is deleted for good."""

    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("in", _("in the trash")), ("out", _("not in the trash"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("in", "out"):
            return queryset
        return queryset.filter(trashed_at__isnull=self.value() == "out")


def where(messages: QuerySet[Message]) -> QuerySet[Any, Any]:
    """The conversations of these messages, for one pass over them."""
    return messages.order_by().values("conversation")
