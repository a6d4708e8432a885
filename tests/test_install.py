"""Parley can be installed as an app: the manifest, in the reader's language."""

import json

from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image


def test_the_manifest_has_what_browsers_ask_for_and_speaks_the_language(client: Client) -> None:
    here, there = (client.get("/manifest.webmanifest", headers={"accept-language": code}) for code in ("en", "de"))
    assert here["Content-Type"] == "application/manifest+json"
    english, german = json.loads(here.content), json.loads(there.content)
    assert (english["name"], english["start_url"], english["display"]) == ("Parley", "/", "standalone")
    assert (english["shortcuts"][0]["name"], german["shortcuts"][0]["name"]) == (
        "New conversation",
        "Neue Unterhaltung",
    )
    assert (english["lang"], german["lang"]) == ("en", "de")
    assert {(icon["sizes"], icon["purpose"]) for icon in english["icons"]} >= {
        ("192x192", "any"), ("512x512", "any"), ("192x192", "maskable"), ("512x512", "maskable"),
    }  # fmt: skip


def test_its_icons_are_as_large_as_it_says_and_leave_room_for_a_mask(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    for icon in [icon for icon in manifest["icons"] if icon["type"] == "image/png"]:
        picture = Image.open(finders.find(icon["src"].removeprefix("/static/"))).convert("RGB")  # type: ignore[arg-type]
        assert icon["sizes"] == f"{picture.width}x{picture.height}"
        paper = picture.getpixel((0, 0))
        safe = picture.width * 0.4
        for x in range(0, picture.width, 4):
            for y in range(0, picture.height, 4):
                beyond = ((x - picture.width / 2) ** 2 + (y - picture.height / 2) ** 2) ** 0.5 > safe
                assert not beyond or picture.getpixel((x, y)) == paper


def test_a_visitor_chooses_a_language_for_this_browser(client: Client, db: None) -> None:
    assert "Sign in" in client.get("/account/login/").text
    response = client.post("/language/", {"language": "de", "next": "/account/login/"})
    assert (response.status_code, response["Location"]) == (302, "/account/login/")
    assert "Anmelden" in client.get("/account/login/", headers={"accept-language": "en"}).text
