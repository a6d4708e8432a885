"""Daphne's command line with a server of ours, in which a WebSocket hears what its application has taken."""

from typing import Any

from daphne import cli, server

from chatsite.held_frames import HeldFrames
from chatsite.taken import TAKEN


class Server(server.Server):  # type: ignore[misc]  # Daphne has no types
    """Daphne's server, with the extension `TAKEN` in the scope of each WebSocket."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start the application of a connection."""
        if isinstance(protocol, HeldFrames):
            scope["extensions"] = {TAKEN: protocol.taken}
        return super().create_application(protocol, scope)


class CommandLine(cli.CommandLineInterface):  # type: ignore[misc]  # Daphne has no types
    """Daphne's command line, which starts that server."""

    server_class = Server
