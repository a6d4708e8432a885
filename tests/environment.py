"""Sets upstreams as the environment would."""

from typing import Any

import msgspec

from chat.upstreams.endpoint import EnvironmentUpstream


def set_upstream(settings: Any, slug: str, **fields: Any) -> None:
    """Let the environment name the upstream `slug`, or change these fields of it."""
    named = {upstream.slug: upstream for upstream in settings.ENVIRONMENT_UPSTREAMS}
    named[slug] = msgspec.structs.replace(named.get(slug) or EnvironmentUpstream(slug=slug), **fields)
    settings.ENVIRONMENT_UPSTREAMS = tuple(named.values())
