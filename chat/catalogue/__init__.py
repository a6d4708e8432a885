"""Every upstream there is and every model that can be chosen: from the environment, from rows, and the demo.

Model names are those that were configured, else what the upstream lists.
"""

from chat.catalogue.choices import (
    Listing,
    ModelChoice,
    default,
    endpoint,
    is_in_use,
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
    "listings",
    "model_list",
    "offers",
    "refresh",
    "takes_images",
    "title_choice",
    "without_models",
]
