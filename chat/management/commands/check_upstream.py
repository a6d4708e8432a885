"""bin/manage check_upstream NAME [--model M]: asks an upstream for one word, tries what it can do, and says how each went."""

import asyncio
from argparse import ArgumentParser
from contextlib import aclosing
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat import catalogue
from chat.models import ModelTrait
from chat.upstreams import client
from chat.upstreams.check import check
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.upstreams.lessons import Lesson


class Command(BaseCommand):
    help = (
        "Asks an upstream for one word, tries what it can do besides, and says in plain words how each went. Exit code 1 "
        "where the answer failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="The upstream's name; without it, all are listed.")
        parser.add_argument(
            "--model", default="", help="The model to ask; without it, the first model of the upstream."
        )

    def handle(self, *args: Any, name: str, model: str, **options: Any) -> None:
        listings = catalogue.listings()
        if not name:
            for listing in listings:
                self.stdout.write(_line(listing))
            return
        # The environment and a row may both have this name; take the one in use.
        named = min((each for each in listings if each.slug == name), key=lambda each: not each.is_used, default=None)
        try:
            endpoint = catalogue.endpoint(name)
        except UpstreamError as error:
            raise CommandError(str(error)) from error
        if endpoint is None or named is None:
            known = "\n".join(map(_line, listings)) or "  (none)"
            why = f" {named.note}" if named else ""
            raise CommandError(f"There is no upstream {name!r} in use.{why} These are known:\n{known}")
        self.stdout.write(f"{endpoint.name} ({named.source}), {endpoint.format} format, {endpoint.base_url}")
        lessons: list[Lesson] = []
        model = model or next(iter(endpoint.models), "") or asyncio.run(self._first_listed(endpoint))
        went_well = asyncio.run(self._check(endpoint, model, lessons))
        if model:
            ModelTrait.forget(endpoint.slug, model)
            catalogue.learn(endpoint, model, lessons)
        if not went_well:
            raise CommandError(f"{endpoint.name} does not answer.")
        self.stdout.write(self.style.SUCCESS(f"{endpoint.name} answers."))

    async def _check(self, endpoint: Endpoint, model: str, lessons: list[Lesson]) -> bool:
        all_went_well = True
        async with aclosing(check(endpoint, model, lessons=lessons)) as steps:
            async for step in steps:
                mark = self.style.SUCCESS("ok    ") if step.ok and step.has else "no    "
                mark = mark if step.ok else self.style.ERROR("failed")
                phase = step.phase.replace("_", " ")
                self.stdout.write(f"  {mark} {phase:<10} {step.milliseconds:6} ms  {step.text}")
                all_went_well = all_went_well and step.ok
                if step.phase == "models" and not model:
                    self.stdout.write("  No model is known. Name one with --model NAME.")
                    return False
        return all_went_well

    async def _first_listed(self, endpoint: Endpoint) -> str:
        """A model to ask; "" if the upstream lists none or does not answer, which the check itself then reports."""
        try:
            return next(iter(await client.list_models(endpoint)), "")
        except UpstreamError:
            return ""


def _line(listing: catalogue.Listing) -> str:
    models = ", ".join(listing.models[:5]) + (", …" if len(listing.models) > 5 else "")
    about = ": ".join(piece for piece in (f"({listing.source}) {listing.name}", models) if piece)
    return "  ".join(piece for piece in (f"  {listing.slug}", about, listing.note) if piece)
