"""A catalogue in which nothing is configured."""

import pytest

from chat import catalogue


@pytest.fixture(autouse=True)
def _nothing_configured(settings):
    settings.DEMO = "off"
    settings.ENVIRONMENT_UPSTREAMS = ()
    settings.DEFAULT_MODEL = settings.TITLE_MODEL = ""
    catalogue.forget()
    yield
    catalogue.forget()
