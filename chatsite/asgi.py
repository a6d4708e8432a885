"""The ASGI application: HTTP to Django, WebSockets to Channels behind a strict Origin check.

`python -m chatsite` (run by bin/up) installs the fast event loop before Daphne is imported; other ASGI starts are slower.
"""

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http_application = get_asgi_application()

# Imported after get_asgi_application(), because these rooms import models.
from chat.sockets.routing import websocket_urlpatterns
from chatsite import lifespan
from chatsite.origin import SameOriginOnly
from chatsite.taken import TellsWhatIsTaken

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": TellsWhatIsTaken(SameOriginOnly(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))),
    }
)

lifespan.attend()
