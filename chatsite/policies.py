"""The Content-Security-Policy header, with the one exception it has."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

TRUSTED_TYPES = ("require-trusted-types-for", "trusted-types")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The site's policy everywhere; under /admin/ without Trusted Types, because Django's own pages throw under it."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith("/admin/"):
            directives = parts.config or settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
            parts.config = {name: value for name, value in directives.items() if name not in TRUSTED_TYPES}
        return parts
