"""bin/manage search_index: rebuilds the search index."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.models import IndexedText, Message, Run
from chat.search import index


class Command(BaseCommand):
    help = "Rebuilds the search index while the site runs. Needed after another program has written messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--missing", action="store_true", help="Only write the texts that are missing.")

    def handle(self, *args: Any, missing: bool, **options: Any) -> None:
        if not missing:
            index.drop()
            IndexedText.objects.all().delete()
        # The text of a live answer is not final; it is indexed when its run ends.
        ended = Message.objects.exclude(run__status__in=Run.LIVE)
        count = index.fill(ended, IndexedText, lambda done: self.stdout.write(f"{done:,} messages"))
        self.stdout.write(f"{count:,} texts were written.")
        if not index.exists() and not index.create():
            raise CommandError(
                "The texts were written, but this database has no trigram index: search works, but slowly. "
                "Run, as an administrator of the database: CREATE EXTENSION pg_trgm; then run this command again."
            )
