"""The two addresses for monitoring: the health check and the metrics."""

import secrets

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chat.metrics import REGISTRY


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Respond with 200 while the database answers, 503 otherwise, and with nothing more, because anyone may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok", "build": settings.BUILD})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Send this process's metrics in Prometheus' text format to a client with METRICS_TOKEN; 404 for others."""
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    if not settings.METRICS_TOKEN or not secrets.compare_digest(given, expected):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
