"""What the demo replies to a conversation. Pure: the same ask and variant give the same reply."""

import re

from chat.demo import tools
from chat.demo.ask import PICTURE, Ask, Reply, Said, questions_of
from chat.demo.titles import title
from chat.demo.topics import GENERIC, TOPICS, Topic, text_of, topic_of

NOTE = (
    "> **This is a demo, not a language model.** Its answers are prepared. To connect a real model, set `OPENAI_API_KEY` "
    "(or `ANTHROPIC_API_KEY`, `OLLAMA_BASE_URL`) and start Parley again, or open **Administration › Upstreams**."
)
SHORT_NOTE = (
    "*A prepared answer of the demo. A real model is connected with `OPENAI_API_KEY` "
    "or under Administration › Upstreams.*"
)
NOTHING_LEFT = "My answer was complete already; there is nothing to add."
VARIANTS = 3
MAX_QUOTED_CHARS = 120
MAX_RECALLED = 20
# "Continue", "please go on". A longer text is a new question, unless the last answer was cut.
MAX_GO_ON_CHARS = 40
_RECAP = TOPICS[0]
# Not the opening bracket: after a backslash it would start a formula. Escaping the closing one disarms a link as well.
_MARKUP = re.compile(r"([\\`*_\]<>#|$~])")
# manage.py check_upstream and the administrator's Test button ask for this; the answer is one word in several pieces.
_ONE_WORD = re.compile(r"\b(?:answer|reply)\b.{0,40}\b(?:single|one)\b.{0,20}\bword\b", re.IGNORECASE)
LONG_WORD = "Incomprehensibilities"
_GO_ON = re.compile(r"\b(continue|go on|carry on|resume)\b", re.IGNORECASE)


def reply(ask: Ask, variant: int = 0) -> Reply:
    """The answer to a conversation. `variant` chooses among equally good openings."""
    if words := title(ask):
        return Reply(words)
    if ask.turns[-1].role == "tool":
        return _with_reasoning(ask, tools.report(ask.turns), "a tool has answered, and I can say what it found")
    rest = _rest(ask.turns, variant)
    if rest is not None:
        return Reply(rest)
    question = ask.questions[-1] if ask.questions else ""
    if _ONE_WORD.search(question):
        return _with_reasoning(ask, f"{LONG_WORD}.", "one word is enough")
    call = tools.call_for(ask, question)
    if call is not None:
        said = f"I will use the tool `{call.name}` for that."
        return Reply(said, _reasoning(question, f"the tool {call.name} can do this") if ask.thinking else "", call)
    topic = _topic(ask.questions)
    return _with_reasoning(ask, _answer(ask.turns, variant), f"it is about {topic.about}")


def quoted(text: str) -> str:
    """A person's words on one line, shortened, with their Markdown disarmed."""
    text = " ".join(text.replace(PICTURE, "").split()) or "…"
    if len(text) > MAX_QUOTED_CHARS:
        text = text[: MAX_QUOTED_CHARS - 1].rstrip() + "…"
    return _MARKUP.sub(r"\\\1", text)


def _answer(turns: tuple[Said, ...], variant: int) -> str:
    """The whole answer to the last question of these turns."""
    questions = questions_of(turns)
    question, earlier = (questions[-1], questions[:-1]) if questions else ("", ())
    topic = _topic(questions)
    asked = "\n".join(f"{number}. “{quoted(text)}”" for number, text in enumerate(earlier[-MAX_RECALLED:], start=1))
    text = text_of(topic, variant).replace("{questions}", asked).replace("{question}", quoted(question))
    note = NOTE if not any(turn.role == "assistant" for turn in turns) else SHORT_NOTE
    return "\n\n".join(
        piece for piece in (_about_pictures(question), _link(topic, question, earlier), text, note) if piece
    )


def _about_pictures(question: str) -> str:
    """A sentence that says that the pictures arrived, although the demo cannot see them."""
    count = question.count(PICTURE)
    if not count:
        return ""
    return "Your picture has arrived." if count == 1 else f"Your {count} pictures have arrived."


def _topic(questions: tuple[str, ...]) -> Topic:
    topic = topic_of(questions[-1]) if questions else GENERIC
    return GENERIC if topic is _RECAP and len(questions) == 1 else topic


def _link(topic: Topic, question: str, earlier: tuple[str, ...]) -> str:
    """A sentence that links this answer to what was said before, or "" if nothing was."""
    if topic is _RECAP or not earlier:
        return ""
    if topic is GENERIC:
        return f"Before this you asked “{quoted(earlier[-1])}”, and now something new."
    again = [text for text in earlier if topic_of(text) is topic]
    if again:
        return f"You came to this before, with “{quoted(again[-1])}”. Here it is once more."
    return ""


def _rest(turns: tuple[Said, ...], variant: int) -> str | None:
    """The rest of the last answer if the last turn is its beginning or asks to go on, else None."""
    if turns[-1].role == "assistant":
        partial, before, must = turns[-1].text, turns[:-1], True
    elif (
        len(turns) > 1 and turns[-2].role == "assistant" and _GO_ON.search(turns[-1].text) and "?" not in turns[-1].text
    ):
        partial, before, must = turns[-2].text, turns[:-2], len(turns[-1].text) <= MAX_GO_ON_CHARS
    else:
        return None
    for number in range(variant, variant + VARIANTS):
        whole = _answer(before, number)
        if whole.startswith(partial) and whole != partial:
            return whole[len(partial) :]
    return NOTHING_LEFT if must else None


def _with_reasoning(ask: Ask, text: str, found: str) -> Reply:
    question = ask.questions[-1] if ask.questions else ""
    return Reply(text, _reasoning(question, found) if ask.thinking else "")


def _reasoning(question: str, found: str) -> str:
    """Reasoning for show, in a few short paragraphs."""
    words = len(question.split())
    size = "a short question" if words < 8 else "a question of some length" if words < 60 else "a long text"
    return (
        f"Let me see what is asked here. “{' '.join(question.split())[:MAX_QUOTED_CHARS]}” is {size}, {words} words.\n\n"
        f"Looking at its words, {found}. I should answer that directly, begin with the most useful sentence, and keep the "
        "details for afterwards.\n\n"
        "I am a demo, so I must not pretend to know more than I do. I will say where the answer comes from, and how a real "
        "model takes my place. That is settled; now to write it down."
    )
