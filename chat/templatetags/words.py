"""Where the script finds its sentences in the page's language."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def words_url() -> str:
    """The address of the page's catalogue; "" for English, whose sentences stand in the script itself."""
    language = get_language() or settings.LANGUAGE_CODE
    return "" if language == settings.LANGUAGE_CODE else static(f"words/{language}.json")
