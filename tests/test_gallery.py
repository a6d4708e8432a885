"""The gallery exists for developers, and for nobody else."""

from typing import Any

import pytest
from django.test import Client

PLACES = ("/gallery/", "/gallery/texts/")


@pytest.mark.parametrize("place", PLACES)
def test_it_is_not_there_unless_asked_for(client: Client, settings: Any, db: None, place: str) -> None:
    settings.DEVELOPER = True
    assert client.get(place).status_code == 200
    settings.DEVELOPER = False
    assert client.get(place).status_code == 404


def test_a_scene_speaks_the_language_and_has_the_appearance_it_is_asked_for(
    client: Client, settings: Any, db: None
) -> None:
    settings.DEVELOPER = True
    page = client.get("/gallery/texts/?theme=dark&language=de").text
    assert '<html lang="de"' in page
    assert 'data-theme="dark"' in page


def test_only_its_scenes_may_stand_in_frames_of_this_site(client: Client, settings: Any, db: None) -> None:
    settings.DEVELOPER = True
    scene, sheet = client.get("/gallery/texts/"), client.get("/gallery/")
    assert (scene["X-Frame-Options"], sheet["X-Frame-Options"]) == ("SAMEORIGIN", "DENY")
    assert "frame-ancestors 'self'" in scene["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in sheet["Content-Security-Policy"]
    for policy in (scene["Content-Security-Policy"], sheet["Content-Security-Policy"]):
        assert "require-trusted-types-for 'script'" in policy
