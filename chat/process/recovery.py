"""Which processes are alive, which runs are orphans, and the claim on them: exactly one process takes a run over.

A process is dead when its beats have stopped growing for a while by the observer's own monotonic clock (wall clocks
jump), or at once when it ran on this very host and its pid is gone. The process that deletes its row owns its runs; the commit of
a process without a row fails, so there is never a second writer.
"""

import os
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.models import Attachment, JournalEntry, Process, Run
from chat.text import phrase
from chat.transcript import RunState

log = structlog.get_logger(__name__)

# The final state of a run that no process continues.
MARK: RunState = {
    "status": "interrupted",
    "phase": "",
    "finish_reason": "error",
    "error": {
        "code": "restarted",
        "message": phrase(
            "The server stopped in the middle of this answer. The text so far is saved; you can continue it."
        ),
        "request_id": None,
    },
}
# Readers that were away for longer get the whole answer instead of the piece they missed.
KEEP_JOURNAL = timedelta(minutes=10)
SWEEP_BEATS = 60


class FencedError(Exception):
    """Another process has taken this process for dead and owns its runs now."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat found: whether this process still owns its runs, which to stop, which are newly its own."""

    is_mine: bool
    mine: list[int]
    to_stop: list[int]
    claimed: list[Run]


class Lookout:
    """One process's look at all the others, once a beat."""

    def __init__(self, process: str, timeout_seconds: float) -> None:
        self._process = process
        self._timeout_seconds = timeout_seconds
        self._seen: dict[str, tuple[int, float]] = {}
        self._beats = 0

    def beat(self, *, inherits: bool = True) -> Beat:
        """Show a sign of life, then look around; without `inherits` nothing is taken over."""
        self._beats += 1
        if not Process.objects.filter(pk=self._process).update(beats=F("beats") + 1):
            return Beat(is_mine=False, mine=[], to_stop=[], claimed=[])
        mine = Run.objects.filter(process=self._process, status__in=Run.LIVE)
        stop_is_wanted = dict(mine.values_list("pk", "stop_requested"))
        claimed = self._inherit() if inherits else []
        if self._beats % SWEEP_BEATS == 1:
            sweep_journal()
            Attachment.purge()
        return Beat(True, list(stop_is_wanted), [run for run, wanted in stop_is_wanted.items() if wanted], claimed)

    def _inherit(self) -> list[Run]:
        claimed = [run for dead in self._dead() for run in claim(dead, self._process)]
        return claimed + claim_orphans(self._process)

    def _dead(self) -> list[str]:
        now, host = time.monotonic(), host_of_this_process()
        others = Process.objects.exclude(pk=self._process).values_list("pk", "host", "pid", "beats")
        dead = []
        for pk, its_host, pid, beats in others:
            known, since = self._seen.get(pk, (-1, now))
            if beats != known:
                self._seen[pk] = (beats, now)
            gone = its_host == host and not _pid_is_alive(pid)
            if gone or (beats == known and now - since > self._timeout_seconds):
                dead.append(pk)
        return dead


def host_of_this_process() -> str:
    """Where this process's pid has a meaning: the host and its process namespace."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{socket.gethostname()} {namespace}"


def claim(dead: str, heir: str) -> list[Run]:
    """Take over a dead process's runs; empty when another process was faster."""
    with transaction.atomic():
        deleted, _ = Process.objects.filter(pk=dead).delete()
        if not deleted:
            return []
        mine = list(Run.objects.filter(process=dead, status__in=Run.LIVE).values_list("pk", flat=True))
        Run.objects.filter(pk__in=mine).update(process=heir, claims=F("claims") + 1)
    if mine:
        log.warning("runs.claimed", dead=dead, runs=len(mine))
    return ready_to_work(mine)


def claim_orphans(heir: str) -> list[Run]:
    """Take over live runs whose process has no row: handed over at a shutdown, or brought back by a backup."""
    # One statement: with two, a process that registers between them looks like one that is gone.
    orphans = Run.objects.filter(status__in=Run.LIVE).exclude(process__in=Process.objects.values("pk"))
    mine = []
    for pk, process in orphans.values_list("pk", "process"):
        # A run that was handed over has lost nothing, and none of its attempts.
        if Run.objects.filter(pk=pk, process=process).update(process=heir, claims=F("claims") + (1 if process else 0)):
            mine.append(pk)
    return ready_to_work(mine)


def hand_over(process: str) -> None:
    """Leave: the process that beats next claims what has not ended."""
    with transaction.atomic():
        Run.objects.filter(process=process, status__in=Run.LIVE).update(process="")
        Process.objects.filter(pk=process).delete()


def want_stop(run_id: int) -> str:
    """Note that a run is to be stopped; returns the process that works on it, "" when the run has ended."""
    live = Run.objects.filter(pk=run_id, status__in=Run.LIVE)
    live.update(stop_requested=True)
    return live.values_list("process", flat=True).first() or ""


def process_of(run_id: int) -> str:
    """The process that works on a run, "" when it has ended."""
    return Run.objects.filter(pk=run_id, status__in=Run.LIVE).values_list("process", flat=True).first() or ""


def sweep_journal() -> None:
    """Delete journals that are not needed any more: the answers are in the messages."""
    JournalEntry.objects.filter(run__ended_at__lt=timezone.now() - KEEP_JOURNAL).delete()


def ready_to_work(runs: Collection[int]) -> list[Run]:
    """The rows of `runs` with all that working on them needs."""
    return list(Run.objects.filter(pk__in=runs).select_related("message__conversation")) if runs else []


def is_worth_continuing(run: Run) -> bool:
    """Whether a claimed run goes on by itself; otherwise it is marked, and a person decides."""
    is_recent = timezone.now() - run.created_at < timedelta(seconds=settings.RUN_TIMEOUT_SECONDS)
    return settings.CONTINUE_AFTER_CRASH and is_recent and run.claims < settings.MAX_ATTEMPTS


def _pid_is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
