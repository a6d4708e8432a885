"""What the account pages need to know about the ways in."""

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
