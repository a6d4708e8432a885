"""What readers are told of MCP servers: the prompts and resources that they offer to people."""

from typing import Any

from chat.models import McpServer

# The list is read as a whole each time a slash is typed.
MAX_OFFERS = 300


def offers() -> list[dict[str, Any]]:
    """{server, server_name, kind, name, title, description, arguments} of each prompt; a resource has its URI as `name`."""
    found: list[dict[str, Any]] = []
    for row in McpServer.objects.filter(is_enabled=True):
        about = {"server": row.slug, "server_name": row.name}
        catalog = row.catalog
        found += [
            {**about, "kind": "prompt", "name": each.name, "title": each.title, "description": each.description}
            | {"arguments": [list(argument) for argument in each.arguments]}
            for each in catalog.prompts
        ]
        found += [
            {**about, "kind": "resource", "name": each.uri, "title": each.title, "description": each.description}
            | {"arguments": []}
            for each in catalog.resources
        ]
    return found[:MAX_OFFERS]
