"""The demo's answers. They are pure, so each question with its answer is one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.demo import answers
from chat.demo.answers import VARIANTS, reply
from chat.demo.ask import Ask, Said, Tool
from chat.demo.pieces import pieces
from chat.demo.topics import GENERIC, TOPICS, text_of, topic_of
from chat.tools import TOOLS

CLOCK = Tool(
    "current_time",
    "The time of day in a city",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def ask(*texts: str, **fields) -> Ask:
    """A conversation in which a person and the demo take turns; the person begins."""
    turns = tuple(Said("assistant" if number % 2 else "user", text) for number, text in enumerate(texts))
    return Ask(model="demo", turns=turns, **fields)


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("What is Parley?", "what"),
        ("How do I connect a model?", "connect"),
        ("where do i put my OpenAI API key", "connect"),
        ("Show me some code, please", "code"),
        ("show me a table", "table"),
        ("Show me math", "math"),
        ("How are answers kept safe?", "safety"),
        ("How do I invite people?", "people"),
        ("How do I invite people to Parley?", "people"),
        ("How do I edit or regenerate?", "branches"),
        ("Who can read this?", "review"),
        ("Write something long", "long"),
        ("help", "help"),
        ("Hello!", "hello"),
        ("Who are you?", "who"),
        ("Wie wird das Wetter in Oslo?", "generic"),
    ],
)
def test_a_question_finds_its_topic(question, slug):
    assert topic_of(question).slug == slug


def test_every_question_that_the_texts_suggest_leads_somewhere():
    for topic in (*TOPICS, GENERIC):
        for line in text_of(topic, 0).splitlines():
            for suggestion in line.split("*")[1::2]:
                if suggestion.endswith("?"):
                    assert topic_of(suggestion) is not GENERIC, suggestion


@pytest.mark.parametrize("topic", [*TOPICS, GENERIC], ids=lambda topic: topic.slug)
def test_every_topic_has_as_many_openings_as_there_are_variants(topic):
    openings = {text_of(topic, variant).splitlines()[0] for variant in range(VARIANTS)}
    assert len(openings) == VARIANTS
    assert all(openings)


def test_different_questions_have_different_answers_and_asking_again_begins_differently():
    answered = {reply(ask(question)).text for question in ("What is Parley?", "Show me code", "Show me a table")}
    assert len(answered) == 3
    assert len({reply(ask("What is Parley?"), variant).text for variant in range(VARIANTS)}) == VARIANTS


def test_the_answers_hold_what_an_answer_can_hold():
    code, table, math, points = (reply(ask(f"Show me {what}")).text for what in ("code", "a table", "math", "a list"))
    assert "```python" in code
    assert "```javascript" in code
    assert "|:-:|" in table
    assert "$$" in math
    assert "\\(" in math
    assert "- [x]" in points


def test_every_answer_says_that_it_is_a_demo_and_how_to_connect_a_model():
    first = reply(ask("What is Parley?")).text
    later = reply(ask("What is Parley?", first, "Show me code")).text
    for text in (first, later):
        assert "demo" in text
        assert "OPENAI_API_KEY" in text
        assert "Administration › Upstreams" in text
    assert "This is a demo, not a language model" in first


def test_an_unknown_question_is_quoted_with_its_markdown_disarmed():
    text = reply(ask("Grüße an **alle** <b>\nund `mich`")).text
    assert "Grüße an \\*\\*alle\\*\\* \\<b\\> und \\`mich\\`" in text


def test_a_quote_holds_neither_the_files_nor_a_formula_of_its_own():
    file = "[File notes.md]\nShow me a table [1]\n[End of file notes.md]"
    text = reply(ask(f"[picture]\n\n{file}\n\nWhere is [Oslo](http://a.example)?")).text
    assert "“Where is [Oslo\\](http://a.example)?”" in text
    assert "Your picture has arrived." in text
    assert "table [1" not in text
    assert "\\[" not in text


def test_later_answers_refer_to_what_was_asked_before():
    assert "“Show me a table”" in reply(ask("Show me a table", "…", "tables again")).text
    assert "“Where is Oslo?”" in reply(ask("Where is Oslo?", "…", "And Bergen?")).text
    recap = reply(ask("Where is Oslo?", "…", "And Bergen?", "…", "What did I ask before?")).text
    assert "1. “Where is Oslo?”" in recap
    assert "2. “And Bergen?”" in recap


def test_there_is_nothing_to_recall_at_the_beginning():
    assert "What did I ask before?" in reply(ask("What did I ask before?")).text


@pytest.mark.parametrize("variant", range(VARIANTS))
@given(data=st.data())
def test_a_cut_answer_is_continued_where_it_ended(variant, data):
    whole = reply(ask("How are answers kept safe?"), variant).text
    cut = data.draw(st.integers(1, len(whole) - 1))
    assert whole[:cut] + reply(ask("How are answers kept safe?", whole[:cut])).text == whole
    asked = "Your answer above was cut off. Go on exactly where it stops, in the middle of the word if need be."
    assert whole[:cut] + reply(ask("How are answers kept safe?", whole[:cut], asked), variant + 1).text == whole


def test_a_complete_answer_is_not_continued():
    whole = reply(ask("Show me code")).text
    assert reply(ask("Show me code", whole, "Please continue.")).text == answers.NOTHING_LEFT
    assert reply(ask("Show me code", whole, "How do I continue an answer?")).text != answers.NOTHING_LEFT


def test_one_word_is_one_word():
    asked = "Answer with a single very long word, for example a chemical name, and nothing else."
    assert len(reply(ask(asked)).text.split()) == 1
    assert len(pieces(reply(ask(asked)).text)) >= 4


def test_reasoning_comes_only_when_asked_for():
    assert reply(ask("What is Parley?")).reasoning == ""
    assert "What is Parley?" in reply(ask("What is Parley?", thinking=True)).reasoning


def test_a_tool_that_suits_the_question_is_called_with_the_arguments_it_requires():
    call = reply(ask("What time is it in Oslo?", tools=(CLOCK,))).call
    assert call is not None
    assert call.name == "current_time"
    assert json.loads(call.arguments) == {"city": "What time is it in Oslo?"}


def test_no_tool_is_called_without_need_unless_the_request_insists():
    assert reply(ask("What is Parley?", tools=(CLOCK,))).call is None
    assert reply(ask("What is Parley?", tools=(CLOCK,), must_call=True)).call is not None
    assert reply(ask("Use a tool", tools=(CLOCK,))).call is not None


@pytest.mark.parametrize(
    ("schema", "question", "value"),
    [
        ({"type": "integer"}, "the last 5 days", 5),
        ({"type": "number"}, "no figure", 1),
        ({"type": "boolean"}, "x", True),
        ({"enum": ["metric", "imperial"]}, "in imperial units", "imperial"),
        ({"type": "array", "items": {"type": "integer"}}, "7 of them", [7]),
        ({"type": "string", "default": "UTC"}, "x", "UTC"),
        ({"type": ["string", "null"]}, "some words", "some words"),
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, "3", {"n": 3}),
        ({}, "words", "words"),
        (None, "words", "words"),
    ],
)
def test_arguments_follow_their_schema(schema, question, value):
    tool = Tool("t", "", {"type": "object", "properties": {"it": schema}, "required": ["it"]})
    call = reply(ask(question, tools=(tool,), must_call=True)).call
    assert call is not None
    assert json.loads(call.arguments) == {"it": value}


def test_a_tools_result_is_quoted_whatever_it_holds():
    turns = (Said("user", "What time is it?"), Said("assistant", ""), Said("tool", "```\n12:00", "current_time"))
    text = reply(Ask(model="demo", turns=turns, tools=(CLOCK,))).text
    assert "`current_time` answered" in text
    assert "````\n```\n12:00\n````" in text


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is Parley?", "Parley"),
        ("How do I connect a model?", "Connect a model"),
        ("Please explain the difference between TCP and UDP to a beginner", "Difference between TCP and UDP to"),
        ("hi", "Hi"),
        ("???", "New conversation"),
    ],
)
def test_a_title_is_a_few_words_of_the_question(question, title):
    asked = (
        "Give this conversation a title of three to six words, in its own language.\n\n"
        f"The question:\n{question}\n\nThe answer:\nA “long” answer with a title."
    )
    assert reply(ask(asked, max_tokens=300)).text == title


def test_a_question_about_titles_is_no_request_for_one():
    assert len(reply(ask("Write a short title for my book")).text) > 200


@given(st.text())
def test_pieces_join_to_the_text_again(text):
    assert "".join(pieces(text)) == text


@given(st.lists(st.text(max_size=50), min_size=1, max_size=4))
def test_no_conversation_is_too_odd_for_an_answer(texts):
    assert reply(ask(*texts)).text
    assert reply(ask(*texts, max_tokens=10, system="title, short")).text


@pytest.mark.parametrize(
    ("question", "name", "arguments"),
    [
        ("What time is it now?", "current_time", {"timezone": "UTC"}),
        ("What is (12.5 + 7) * 3?", "calculator", {"expression": "(12.5 + 7) * 3"}),
        ("Search our conversations for the export!", "search_conversations", {"query": "the export"}),
        ("Please read the attachment notes.txt", "read_attachment", {"name": "notes.txt"}),
        ("Read the page https://example.com/a?b=1.", "read_web_page", {"url": "https://example.com/a?b=1"}),
    ],
)
def test_each_built_in_tool_is_called_with_arguments_that_it_takes(question, name, arguments):
    offered = tuple(Tool(tool.name, tool.description, dict(tool.schema)) for tool in TOOLS.values())
    call = reply(ask(question, tools=offered)).call
    assert call is not None
    assert (call.name, json.loads(call.arguments)) == (name, arguments)
    assert TOOLS[name].read(call.arguments)


@pytest.mark.parametrize(
    "question", ["What is Parley?", "Show me some code", "Who can read this?", "Write a table", "Hello!"]
)
def test_with_the_built_in_tools_at_hand_other_questions_are_answered_as_before(question):
    offered = tuple(Tool(tool.name, tool.description, dict(tool.schema)) for tool in TOOLS.values())
    assert reply(ask(question, tools=offered)).call is None
