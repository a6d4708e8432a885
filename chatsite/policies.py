"""The Content-Security-Policy header with its one exception, and the Permissions-Policy header."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

TRUSTED_TYPES = ("require-trusted-types-for", "trusted-types")
# Our own pages under /admin/, which show what people and models wrote and have none of Django's scripts.
OURS = frozenset({"admin:chat_conversation_change", "admin:chat_message_change"})


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Sends the site's policy everywhere; Django's own pages under /admin/ get no Trusted Types, with which they fail."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        page = request.resolver_match.view_name if request.resolver_match else ""
        if not report_only and request.path_info.startswith("/admin/") and page not in OURS:
            directives = parts.config or settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
            parts.config = {name: value for name, value in directives.items() if name not in TRUSTED_TYPES}
        return parts


class PermissionsPolicyMiddleware:
    """Forbids every page the abilities of the browser that none of ours uses, the sandboxed pages included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response
