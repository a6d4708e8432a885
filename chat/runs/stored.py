"""Runs as the database has them: feeds for readers of runs that are not at work in this process."""

import msgspec

from chat.models import JournalEntry, Run
from chat.runs.feed import Entry, Feed
from chat.transcript import State, empty_state


def load(run_id: int) -> Feed | None:
    """The feed of a run: of an ended one from its message, of a live one from its journal. None: there is no such run."""
    run = Run.objects.select_related("message").filter(pk=run_id).first()
    if run is None:
        return None
    if not run.is_live:
        return ended(run)
    feed = Feed(run.pk)
    for seq, changes in JournalEntry.objects.filter(run=run).order_by("seq").values_list("seq", "changes"):
        feed.extend(entry(seq, changes))
    return feed


def ended(run: Run) -> Feed:
    """The feed of an ended run. A later run may have gone on from its message, so its own journal comes first."""
    rows = list(JournalEntry.objects.filter(run=run).order_by("seq").values_list("seq", "changes"))
    if rows and rows[0][0] == 1 and rows[-1][0] == run.seq:
        feed = Feed(run.pk)
        for seq, changes in rows:
            feed.extend(entry(seq, changes))
        feed.done = True
        return feed
    state: State = empty_state()
    state["parts"], state["run"] = run.message.parts, run.state.copy()
    return Feed(run.pk, state, max(run.seq, 1), done=True)


def catch_up(positions: dict[int, int]) -> tuple[dict[int, list[Entry]], dict[int, int]]:
    """What was journalled for each run after its position, and for those that have ended the position of their end."""
    entries: dict[int, list[Entry]] = {run: [] for run in positions}
    # The ends are read first: an end that is seen has all its entries committed.
    over = dict(Run.objects.filter(pk__in=positions).exclude(status__in=Run.LIVE).values_list("pk", "seq"))
    for run, after in positions.items():
        rows = JournalEntry.objects.filter(run=run, seq__gt=after).order_by("seq").values_list("seq", "changes")
        entries[run] = [entry(seq, changes) for seq, changes in rows]
    missing = set(positions) - set(Run.objects.filter(pk__in=positions).values_list("pk", flat=True))
    return entries, over | dict.fromkeys(missing, 0)


def entry(seq: int, changes: str) -> Entry:
    """A journal row as an entry."""
    json = changes.encode()
    return Entry(seq, msgspec.json.decode(json), json)
