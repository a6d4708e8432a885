"""Context processors: the ways to sign in, and the chosen appearance."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest


def doors(request: HttpRequest) -> dict[str, dict[str, object]]:
    """The ways to sign in that this installation offers, as `account_doors`."""
    return {
        "account_doors": {
            "email": settings.EMAIL_CONFIGURED,
            "signup": settings.ENABLE_SIGNUP,
            "single_sign_on": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        }
    }


def appearance(request: HttpRequest) -> dict[str, object]:
    """`theme`: "light", "dark", or "" for the system's; from the person's preferences, else from this browser's cookie."""
    # Called only if a template uses it, because loading the user costs a query.
    return {"theme": partial(_theme, request)}


def _theme(request: HttpRequest) -> str:
    preferences = getattr(getattr(request, "user", None), "preferences", {})
    theme = preferences.get("theme", request.COOKIES.get("theme", ""))
    return theme if theme in ("light", "dark") else ""
