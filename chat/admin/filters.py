"""Filters with a text field: a list of all people or all models would read the whole table."""

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
# At most this many names are suggested; the name of anyone else has to be typed.
MOST_SUGGESTIONS = 100


class TextFilter(admin.ListFilter):
    """A text field. Subclasses decide what its value is compared with."""

    template = "admin/text_filter.html"
    parameter_name: ClassVar[str]
    lookup: ClassVar[str]

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
        """One entry with all that the template needs: it keeps the other parameters and drops the page number."""
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
        """The rows that match `self.value`."""
        return queryset.filter(**{self.lookup: self.value})

    def suggestions(self) -> list[str]:
        """The values to suggest while typing."""
        return []


class PersonFilter(TextFilter):
    """Filters by a person's name, in any case. Each list has its own field for the person."""

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
    """Filters by a member of the conversation."""

    title = _("member")

    def matching(self, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        there = Membership.objects.filter(conversation=OuterRef("pk"), user__in=self.people())
        return queryset.filter(Exists(there))


class AnswererFilter(TextFilter):
    """Filters by what answers, or has answered, in the conversation; of other rows, by what answered them."""

    def matching(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        answerer = Q(**{self.parameter_name: self.value})
        if queryset.model is Conversation:
            return queryset.filter(answerer | Q(pk__in=conversations_of(Message.objects.filter(answerer))))
        return queryset.filter(answerer)


class UpstreamFilter(AnswererFilter):
    title = _("upstream")
    parameter_name = "upstream"

    def suggestions(self) -> list[str]:
        return [listing.slug for listing in catalogue.listings()]


class ModelFilter(AnswererFilter):
    title = _("model")
    parameter_name = "model"

    def suggestions(self) -> list[str]:
        return sorted({model for listing in catalogue.listings() for model in listing.models})[:MOST_SUGGESTIONS]


class OutcomeFilter(admin.SimpleListFilter):
    """Filters runs by status, and conversations by the status of any of their runs."""

    title = _("run status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label).lower()) for value, label in Run.Status.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value not in Run.Status.values:
            return queryset
        if queryset.model is Conversation:
            return queryset.filter(pk__in=conversations_of(Message.objects.filter(run__status=value)))
        return queryset.filter(run__status=value)


class ChoiceFilter(admin.SimpleListFilter):
    """Filters by one of a few conditions: value in the query string -> (words, condition)."""

    conditions: ClassVar[dict[str, tuple[Any, Q | Exists]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, words) for value, (words, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(self.conditions[value][1]) if value in self.conditions else queryset


def _rated(**rating: Any) -> Exists:
    return Exists(Feedback.objects.filter(message=OuterRef("pk"), **rating))


class RatingFilter(ChoiceFilter):
    """Filters answers by people's ratings."""

    title = _("rating")
    parameter_name = "rating"
    conditions = {
        "good": (_("thumbs up"), _rated(value=1)),
        "bad": (_("thumbs down"), _rated(value=-1)),
        "reason": (_("with a reason"), _rated(reason__gt="")),
    }


class TrashFilter(ChoiceFilter):
    """Filters by whether a conversation is in the trash: administrators see it until it is permanently deleted."""

    title = _("trash")
    parameter_name = "trash"
    conditions = {
        "in": (_("in the trash"), Q(trashed_at__isnull=False)),
        "out": (_("not in the trash"), Q(trashed_at=None)),
    }


def conversations_of(messages: QuerySet[Message]) -> QuerySet[Any, Any]:
    """The ids of these messages' conversations, as a subquery, so that the database passes over the messages once."""
    return messages.order_by().values("conversation")
