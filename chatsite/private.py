"""What must not stay in a browser: pages of people who are signed in, and everything once they have signed out."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]
# Pages that hold a secret (a link's token, a code) while nobody is signed in yet.
PRIVATE_PATHS = ("/account/", "/join/", "/admin/")


class PrivateAnswersMiddleware:
    """Forbids the storing of private pages, so that Back shows none after a sign-out, and empties the browser then."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if self._is_private(request, response):
            response["Cache-Control"] = "no-store"
        match = request.resolver_match
        if match and match.view_name == "account_logout" and request.method == "POST":
            # The cache has the pictures of attachments, the storage drafts. Not "cookies": the language stays.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _is_private(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        is_page = response.get("Content-Type", "").startswith("text/html")
        return is_page and (request.path_info.startswith(PRIVATE_PATHS) or bool(request.session.get(SESSION_KEY)))
