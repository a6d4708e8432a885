"""The headings of time in the list of conversations, as the script words them too (chat_sidebar.js)."""

from __future__ import annotations

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

register = template.Library()


@register.filter
def heading_of_day(moment: str) -> str:
    """The heading under which an ISO time stands today, in the server's time zone."""
    then = parse_datetime(moment)
    days = (timezone.localdate() - timezone.localdate(then)).days if then else 0
    if days <= 0:
        return gettext("Today")
    if days == 1:
        return gettext("Yesterday")
    if days <= 7:
        return gettext("The last 7 days")
    return gettext("The last 30 days") if days <= 30 else gettext("Earlier")
