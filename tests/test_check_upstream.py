"""manage.py check_upstream: each phase in plain words, for every kind of upstream."""

import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chat import catalogue, demo
from chat.models import Upstream
from chat.upstreams.proxies import Proxies, parse
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream

pytestmark = pytest.mark.django_db
KEY = "sk-abcdefghijklmnop-1234"


@pytest.fixture(autouse=True)
def _demo_is_on(settings):
    settings.DEMO = "on"
    catalogue.forget()


def check(*arguments: str) -> str:
    said = StringIO()
    call_command("check_upstream", *arguments, stdout=said, no_color=True)
    return said.getvalue()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def row(**fields) -> Upstream:
    fields = {"format": "openai", "base_url": demo.start(), "allow_private": True, **fields}
    return Upstream.objects.create(slug="house", name="House", **fields)


def test_the_demo_passes_each_phase():
    said = check("demo")
    assert said.splitlines()[0].startswith("Demo (no key needed) (demo), openai format, http://127.0.0.1:")
    for phase in ("dns", "tcp", "models", "first word", "streaming"):
        assert f"ok     {phase}" in said
    assert "failed" not in said
    assert said.endswith("Demo (no key needed) answers.\n")


@pytest.mark.parametrize("wire_format", ["openai", "anthropic"])
def test_a_row_is_checked_with_the_first_model_it_lists(wire_format):
    with FakeUpstream() as upstream:
        row(format=wire_format, base_url=upstream.url).set_key(KEY)
        said = check("house")
    assert "is one of them" in said
    assert KEY not in said


def test_an_upstream_of_the_environment_is_checked(settings):
    set_upstream(settings, "ollama", base_url=demo.start(), models=("demo-thinking",))
    said = check("ollama")
    assert "Ollama (environment)" in said
    assert "demo-thinking is one of them" in said


def test_a_row_with_the_name_of_one_of_the_environment_does_not_hide_it(settings):
    set_upstream(settings, "ollama", base_url=demo.start(), models=("demo",))
    Upstream.objects.create(slug="ollama", name="Mine", format="openai", base_url="https://mine.example")
    assert check("ollama").splitlines()[0].startswith("Ollama (environment)")
    listed = check()
    assert "(environment) Ollama" in listed
    assert "(row) Mine" in listed


def test_a_wrong_model_fails_and_says_so():
    row()
    with pytest.raises(CommandError, match="House does not answer") as caught:
        check("house", "--model", "gpt-0")
    assert caught.value.returncode == 1


def test_a_public_upstream_is_asked_through_the_proxy_which_is_named_without_its_password(settings):
    settings.PROXIES = Proxies(http=parse(f"http://ann:pass-word@127.0.0.1:{free_port()}"))
    row(base_url="http://93.184.216.34")
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_upstream", "house", "--model", "m", stdout=said, no_color=True)
    assert f"127.0.0.1, port {settings.PROXIES.http.port}" in said.getvalue()
    assert "pass-word" not in said.getvalue()
    set_upstream(settings, "openai", key=KEY)
    catalogue.forget()
    assert catalogue.endpoint("openai").proxies == settings.PROXIES


def test_nobody_there_fails_at_the_connection():
    row(base_url=f"http://127.0.0.1:{free_port()}")
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_upstream", "house", "--model", "m", stdout=said, no_color=True)
    assert "failed tcp" in said.getvalue()
    assert "first word" not in said.getvalue()


def test_a_private_address_without_permission_fails():
    row(allow_private=False)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_upstream", "house", stdout=said, no_color=True)
    assert "private network" in said.getvalue()


def test_without_any_known_model_it_asks_for_a_name():
    row(base_url=f"{demo.start()}/elsewhere")  # there is no list at this path
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_upstream", "house", stdout=said, no_color=True)
    assert "Name one with --model" in said.getvalue()


def test_an_unknown_name_lists_the_known_ones():
    row(model_names=["m-1", "m-2"])
    with pytest.raises(CommandError) as caught:
        check("nobody")
    assert "There is no upstream 'nobody' in use." in str(caught.value)
    assert "house  (row) House: m-1, m-2" in str(caught.value)
    assert "demo  (demo) Demo (no key needed): demo, demo-thinking" in str(caught.value)


def test_one_that_is_off_says_why():
    row(is_enabled=False)
    with pytest.raises(CommandError, match="Switched off"):
        check("house")


def test_without_a_name_all_are_listed():
    row(model_names=["m-1"])
    assert check().splitlines() == [
        "  demo  (demo) Demo (no key needed): demo, demo-thinking",
        "  house  (row) House: m-1",
    ]


def test_an_unreadable_key_says_what_to_do(settings):
    row().set_key(KEY)
    settings.ENCRYPTION_KEYS = ["another key " * 4]
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        check("house")
