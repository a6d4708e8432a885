"""python -m tests.hostile.seed: fills every stored field of the environment's database with the corpus.

It is in the titles of Alice's conversations, in every kind of part of one of them, in folders, prompts, file names,
reasons, options and upstreams' messages, and in everybody's name except Alice's. Prints that conversation's id.
"""

from __future__ import annotations

import os
from datetime import timedelta

import django

from . import payloads

AT_A_TIME = 12


def main() -> None:
    """Write everything."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    from django.utils import timezone

    from chat.models import Attachment, Conversation, Draft, Feedback, Folder, Membership, Message, Prompt, User
    from chat.models.post import Asked
    from chat.text import clean

    corpus = [clean(text) for text in payloads()]
    alice, bob = User.objects.get(username="alice"), User.objects.get(username="bob")
    others = User.objects.exclude(username__in=("alice", "ada"))
    for user, name in zip(others, corpus[5:], strict=False):
        User.objects.filter(pk=user.pk).update(first_name=name[:150], last_name=corpus[-1][:150])
    now = timezone.now()
    titles = [
        Conversation(created_by=alice, title=text[:200], revision=1, updated_at=now - timedelta(minutes=at))
        for at, text in enumerate(corpus)
    ]
    Conversation.objects.bulk_create(titles)
    Membership.objects.bulk_create(Membership(conversation=row, user=alice, role="owner") for row in titles)
    folders = Folder.objects.bulk_create(Folder(user=alice, name=text[:60]) for text in corpus[::7])
    for folder, member in zip(folders, Membership.objects.filter(user=alice), strict=False):
        Membership.objects.filter(pk=member.pk).update(folder=folder)
    Prompt.objects.bulk_create(
        Prompt(author=alice, name=f"p{at} {text}"[:40], text=text) for at, text in enumerate(corpus[::5])
    )
    row = Conversation.start(alice, corpus[0], Asked(options={"system": corpus[1]}))
    row.admit(bob, Membership.Role.EDITOR)
    Draft.objects.create(user=alice, conversation=row, text="\n\n".join(corpus[:30]))
    parent: Message | None = None
    for first in range(0, len(corpus) - AT_A_TIME, AT_A_TIME):
        texts = corpus[first : first + AT_A_TIME]
        parent = row_of(Message, row, parent, "user", [{"type": "text", "text": "\n\n".join(texts)}], author=bob)
        for text in texts[:2]:
            Attachment.objects.create(
                uploader=alice,
                message=parent,
                name=text[:255],
                kind="text",
                media_type="text/plain",
                size_bytes=9,
                text=text,
            )
        parent = row_of(Message, row, parent, "assistant", parts_of(texts))
        end(parent, texts)
        Feedback.objects.create(message=parent, user=alice, value=-1, reason="\n".join(texts)[:2000])
    print(row.pk)


def row_of(kind: type, conversation: object, parent: object, role: str, parts: object, author: object = None) -> object:
    """A message of the conversation."""
    return kind.objects.create(
        conversation=conversation, parent=parent, role=role, parts=parts, author=author, revision=2, model="hostile"
    )


def parts_of(texts: list[str]) -> list[dict[str, object]]:
    """Every kind of part, with the texts in every field."""
    tools = [
        part
        for at, text in enumerate(texts)
        for part in (
            {"type": "tool_call", "id": f"c{at}", "name": text[:64], "arguments": text, "status": "done"},
            {"type": "tool_result", "id": f"c{at}", "name": text[:64], "text": text, "is_error": at % 2 == 0},
        )
    ]
    joined = "\n\n".join(texts)
    return [
        {"type": "reasoning", "text": joined, "seconds": 3},
        *tools,
        {"type": "text", "text": joined},
        {"type": "seam", "attempt": 2, "of": 3, "why": texts[0]},
        *({"type": "attachment", "id": text[:36], "name": text, "media_type": text, "bytes": 12} for text in texts[:3]),
        {"type": "refusal", "text": texts[-1]},
        {"type": texts[1][:30], "text": texts[1]},
    ]


def end(answer: object, texts: list[str]) -> None:
    """End a run as failed, with a hostile message of the upstream."""
    from chat.models import Message, Run

    error = {
        "code": texts[0][:40],
        "message": texts[1],
        "request_id": texts[2][:200],
        "sentence": "{name} refused the key ({status}). Tell an administrator.",
        "fields": {"name": texts[3], "status": texts[4]},
        "said": texts[5],
    }
    state = {"error": error, "finish_reason": "error", "model": texts[6][:200], "why": texts[7], "model_said": texts[8]}
    run = Run.objects.create(
        message=answer,
        upstream="fake",
        model=texts[6][:200],
        status="failed",
        state=state,
        options={"system": texts[9]},
    )
    Message.objects.filter(pk=answer.pk).update(run=run)


if __name__ == "__main__":
    main()
