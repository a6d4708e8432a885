"""A template tag with the address of the script's translations."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def words_url() -> str:
    """The address of the translations in the page's language; "" for English, whose sentences are in the script itself."""
    language = get_language() or settings.LANGUAGE_CODE
    return "" if language == settings.LANGUAGE_CODE else static(f"words/{language}.json")
