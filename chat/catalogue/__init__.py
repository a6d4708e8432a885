"""All upstreams, and the models that can be chosen: from the environment, from rows, and the demo.

An upstream's models are the configured ones, else those that it lists.
"""

from chat.catalogue.choices import (
    Listing,
    ModelChoice,
    default,
    endpoint,
    is_in_use,
    learn,
    listings,
    model_list,
    offers,
    refresh,
    takes_images,
    title_choice,
    without_models,
)
from chat.catalogue.discovery import forget

__all__ = [
    "Listing",
    "ModelChoice",
    "default",
    "endpoint",
    "forget",
    "is_in_use",
    "learn",
    "listings",
    "model_list",
    "offers",
    "refresh",
    "takes_images",
    "title_choice",
    "without_models",
]
