"""What the templates need to know: the ways in, and the appearance that was chosen."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest


def doors(request: HttpRequest) -> dict[str, dict[str, object]]:
    """Which ways into an account this installation offers, as `account_doors`."""
    return {
        "account_doors": {
            "email": settings.EMAIL_CONFIGURED,
            "signup": settings.ENABLE_SIGNUP,
            "single_sign_on": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        }
    }


def appearance(request: HttpRequest) -> dict[str, object]:
    """`theme`: "light", "dark", or "" for the system's. The person's own choice, else what this browser remembers."""
    # Asked for by templates only: who is signed in costs a query.
    return {"theme": partial(_theme, request)}


def _theme(request: HttpRequest) -> str:
    preferences = getattr(getattr(request, "user", None), "preferences", {})
    theme = preferences.get("theme", request.COOKIES.get("theme", ""))
    return theme if theme in ("light", "dark") else ""
