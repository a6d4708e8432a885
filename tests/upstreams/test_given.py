"""What an answer has besides text, in both formats: whole, byte by byte and at every split it becomes the same parts."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from chat.transcript import MAX_SOURCES, StoredPart, Writer, empty_state, fold
from chat.upstreams import FORMATS, data_pictures, openai_given
from chat.upstreams.answer import Answer
from chat.upstreams.data_pictures import DataPictures
from chat.upstreams.events import Text
from chat.upstreams.given import GivenFile, Source, from_base64, of_data_address
from tests.files import picture
from tests.upstreams.decode import cut_at

PNG = picture(size=(2, 2))
PNG64 = base64.b64encode(PNG).decode()
ADDRESS = f"data:image/png;base64,{PNG64}"
LAW, COURT = "https://example.org/law", "https://example.com/court"


def sse(*objects: Any, done: bool = True) -> bytes:
    """A body in which each object is one event."""
    lines = [
        (f"event: {each['type']}\n" if "type" in each else "") + f"data: {json.dumps(each)}\n\n" for each in objects
    ]
    return ("".join(lines) + "data: [DONE]\n\n" * done).encode()


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """A chunk of the OpenAI format."""
    return {"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def blocks(*events: tuple[int, Any]) -> bytes:
    """A body of the Anthropic format: (index, block) begins a block, (index, delta) goes on with it; each is ended."""
    found: list[Any] = [{"type": "message_start", "message": {"model": "m"}}]
    opened: set[int] = set()
    for index, about in events:
        if index not in opened:
            found += [{"type": "content_block_stop", "index": index - 1}] if opened else []
            opened.add(index)
            found.append({"type": "content_block_start", "index": index, "content_block": about})
        else:
            found.append({"type": "content_block_delta", "index": index, "delta": about})
    found += [{"type": "content_block_stop", "index": max(opened)}]
    found += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
    return sse(*found, done=False)


def parts_of(format_name: str, pieces: Iterable[bytes]) -> list[StoredPart]:
    """The parts of an answer; a file that is given is one with its bytes."""
    answer, writer, state = Answer(FORMATS[format_name], "Test"), Writer(), empty_state()
    for piece in pieces:
        answer.feed(piece)
    answer.end()
    for event in answer.take():
        if isinstance(event, GivenFile):
            about = {"name": event.name, "media_type": event.media_type, "data": event.data}
            fold(state, [writer.file({"type": "attachment", **about})])
        else:
            fold(state, writer.apply(event))
    return state["parts"]


def sound(samples: bytes) -> bytes:
    """A WAV file."""
    size = len(samples)
    about = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 24_000, 48_000, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + about + struct.pack("<4sI", b"data", size) + samples


def text(words: str) -> StoredPart:
    return {"type": "text", "text": words}


def file(data: bytes = PNG, media_type: str = "image/png", name: str = "") -> StoredPart:
    return {"type": "attachment", "name": name, "media_type": media_type, "data": data}


def source(number: int, title: str, url: str) -> StoredPart:
    return {"type": "source", "number": number, "title": title, "url": url}


def called(id: str, name: str, arguments: str, result: str, **more: Any) -> StoredPart:
    return {"type": "provider_call", "id": id, "name": name, "arguments": arguments, "text": result, **more}


CALL = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
FOUND = [{"type": "web_search_result", "title": "Law", "url": LAW, "encrypted_content": "x" * 50}]
CITATION = {"type": "web_search_result_location", "url": LAW, "title": "Law", "cited_text": "…", "encrypted_index": "y"}
PYTHON = {"type": "code_execution_result", "stdout": "42\n", "stderr": "slow", "return_code": 1, "content": []}
REFUSED = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
MCP = {"type": "mcp_tool_result", "tool_use_id": "m1", "is_error": True, "content": [{"type": "text", "text": "no"}]}

CASES: dict[str, tuple[str, bytes, list[StoredPart]]] = {
    # LibreChat#9514, OpenRouter and LiteLLM; the picture is sent twice.
    "images": (
        "openai",
        sse(
            delta(content="Here: "),
            delta(images=[{"type": "image_url", "index": 0, "image_url": {"url": ADDRESS}}]),
            delta(content="Nice.", images=[{"type": "image_url", "image_url": {"url": ADDRESS}}]),
            delta("stop"),
        ),
        [text("Here: "), file(), text("Nice.")],
    ),
    "image of old LiteLLM": ("openai", sse(delta(image={"url": ADDRESS}), delta("stop")), [file()]),
    # Gateways of Gemini.
    "inline data": (
        "openai",
        sse(delta(multi_mod_content=[{"inline_data": {"mime_type": "image/png", "data": PNG64}}]), delta("stop")),
        [file()],
    ),
    "a content in pieces": (
        "openai",
        sse(
            delta(content=[{"type": "text", "text": "A"}, {"type": "image_url", "image_url": {"url": ADDRESS}}]),
            delta("stop"),
        ),
        [text("A"), file()],
    ),
    # open-webui#7748.
    "a picture in Markdown": (
        "openai",
        sse(
            *(delta(content=piece) for piece in ("Look ![a ", f"cat]({ADDRESS[:30]}", ADDRESS[30:], ") end")),
            delta("stop"),
        ),
        [text("Look "), file(name="a cat"), text(" end")],
    ),
    "a picture elsewhere": (
        "openai",
        sse(delta(images=[{"image_url": {"url": "https://example.org/a.png"}}]), delta("stop")),
        [text("\n\n![](https://example.org/a.png)\n\n")],
    ),
    "sound": (
        "openai",
        sse(
            delta(audio={"id": "a", "transcript": "Good "}),
            delta(audio={"data": base64.b64encode(b"\1\2").decode()}),
            delta(audio={"data": base64.b64encode(b"\3\4").decode(), "transcript": "day."}),
            delta("stop", audio={"expires_at": 1}),
        ),
        [text("Good day."), file(sound(b"\1\2\3\4"), "audio/wav")],
    ),
    # LibreChat#6992: Perplexity, the list with each chunk, titles later.
    "citations": (
        "openai",
        sse(
            {**delta(content="In May[1], "), "citations": [LAW, COURT]},
            {**delta(content="and June[2]."), "citations": [LAW, COURT]},
            {**delta("stop"), "citations": [LAW, COURT], "search_results": [{"title": "Law", "url": LAW}]},
        ),
        [source(1, "Law", LAW), source(2, COURT, COURT), text("In May[1], and June[2].")],
    ),
    "annotations": (
        "openai",
        sse(
            delta(content="It rains."),
            delta(
                annotations=[{"type": "url_citation", "url_citation": {"url": LAW, "title": "Law", "start_index": 0}}]
            ),
            delta(content=" Much."),
            delta("stop"),
        ),
        [text("It rains. Much."), source(1, "Law", LAW)],
    ),
    "odd fields": (
        "openai",
        sse(
            {**delta(content="A", images="x", image=3, audio=[], annotations={"a": 1}), "citations": 5},
            {**delta(annotations=[7, {}], images=[None, {"image_url": 4}]), "search_results": [1]},
            delta("stop"),
        ),
        [text("A")],
    ),
    "a search and its citations": (
        "anthropic",
        blocks(
            (0, CALL),
            (0, {"type": "input_json_delta", "partial_json": '{"query": '}),
            (0, {"type": "input_json_delta", "partial_json": '"law"}'}),
            (1, {"type": "web_search_tool_result", "tool_use_id": "s1", "content": FOUND}),
            (2, {"type": "text", "text": ""}),
            (2, {"type": "citations_delta", "citation": CITATION}),
            (2, {"type": "citations_delta", "citation": CITATION}),
            (2, {"type": "text_delta", "text": "It changed."}),
            (3, {"type": "text", "text": " Really."}),
        ),
        [
            called(
                "s1", "web_search", '{"query": "law"}', "", contents=[{"type": "source", "title": "Law", "url": LAW}]
            ),
            text("It changed.[1] Really."),
            source(1, "Law", LAW),
        ],
    ),
    "a search that failed, code, and a server's tool": (
        "anthropic",
        blocks(
            (0, CALL),
            (
                1,
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "s1",
                    "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"},
                },
            ),
            (2, {"type": "server_tool_use", "id": "s2", "name": "code_execution", "input": {"code": "6*7"}}),
            (3, {"type": "code_execution_tool_result", "tool_use_id": "s2", "content": PYTHON}),
            (4, {"type": "mcp_tool_use", "id": "m1", "name": "echo", "server_name": "far", "input": {}}),
            (5, MCP),
            (6, {"type": "text", "text": "Done."}),
        ),
        [
            {
                "type": "provider_call",
                "id": "s1",
                "name": "web_search",
                "arguments": "",
                "text": "max_uses_exceeded",
                "is_error": True,
            },
            {
                "type": "provider_call",
                "id": "s2",
                "name": "code_execution",
                "arguments": '{"code":"6*7"}',
                "text": "42\nslow\n(exit code 1)",
            },
            {"type": "provider_call", "id": "m1", "name": "far: echo", "arguments": "", "text": "no", "is_error": True},
            text("Done."),
        ],
    ),
    "a picture of a compatible server": (
        "anthropic",
        blocks((0, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG64}})),
        [file()],
    ),
}
EACH = pytest.mark.parametrize("name", CASES)


def in_order(parts: list[StoredPart]) -> list[StoredPart]:
    """Sources apart: one comes before or after the text of its own chunk."""
    return sorted(parts, key=lambda part: part["type"] == "source")


@EACH
def test_everything_becomes_a_part(name: str) -> None:
    format_name, body, parts = CASES[name]
    assert in_order(parts_of(format_name, [body])) == in_order(parts)


@EACH
def test_it_does_so_byte_by_byte_and_at_every_split(name: str) -> None:
    format_name, body, parts = CASES[name]
    assert in_order(parts_of(format_name, [bytes([byte]) for byte in body])) == in_order(parts)
    for place in range(0, len(body), 7):
        assert in_order(parts_of(format_name, cut_at(body, [place]))) == in_order(parts)


@pytest.mark.parametrize("format_name", ["openai", "anthropic"])
def test_an_answer_that_comes_as_one_object_has_them_too(format_name: str) -> None:
    message = {"content": "A", "images": [{"image_url": {"url": ADDRESS}}]}
    openai = {"choices": [{"message": message}], "citations": [LAW]}
    said = {"type": "text", "text": "A", "citations": [CITATION]}
    content = [said, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG64}}]
    body = json.dumps({"openai": openai, "anthropic": {"content": content, "stop_reason": "end_turn"}}[format_name])
    mark, title = ("", LAW) if format_name == "openai" else ("[1]", "Law")
    assert in_order(parts_of(format_name, [body.encode()])) == [text("A" + mark), file(), source(1, title, LAW)]


def filtered(pieces: Iterable[str]) -> list[Any]:
    """What a filter gives for this text: strings and files."""
    pictures, found = DataPictures(), []
    for event in [*(event for piece in pieces for event in pictures.feed([Text(piece)])), *pictures.end()]:
        last = found[-1] if found else None
        if isinstance(event, Text) and isinstance(last, str):
            found[-1] = last + event.text
        else:
            found.append(event.text if isinstance(event, Text) else event)
    return found


@pytest.mark.parametrize(
    "written",
    [
        "Wow! Fine![a](b) ![alt](https://example.org/x.png) ![x] (data:image/png;base64,AA) [a](data:image/png,x)",
        f"```\n![a]({ADDRESS})\n```\n",
        f"~~~md\n```\n![a]({ADDRESS})\n~~~\n",
        "![" + "a" * 600,
        "An open one ![\n\nand on! ",
        "!",
    ],
)
def test_what_is_no_picture_stays_text_at_every_split(written: str) -> None:
    for place in range(len(written)):
        assert filtered([written[:place], written[place:]]) == [written]
    assert filtered(written) == [written]


def test_pictures_in_text_are_found_at_every_split() -> None:
    written = f'```\ncode\n```\n![]( <{ADDRESS}> )!![b]({ADDRESS} "title").'
    right = ["```\ncode\n```\n", GivenFile(PNG, "image/png"), "!", GivenFile(PNG, "image/png", "b"), "."]
    assert filtered([written]) == right
    assert filtered(written) == right
    for place in range(len(written)):
        assert filtered([written[:place], written[place:]]) == right


def test_half_a_picture_and_one_that_is_too_large_are_files_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert filtered([f"A ![cat]({ADDRESS[:40]}"]) == ["A ", GivenFile(b"", "image/", "cat")]
    huge = "A" * data_pictures.MAX_CHARS
    assert filtered([f"![cat](data:image/png;base64,{huge}", "AAAA) and"])[1:] == [" and"]
    assert filtered(["![cat](data:image/png;base64,&&&&)"]) == [GivenFile(b"", "image/png", "cat")]


def test_sound_is_bounded() -> None:
    given = openai_given.Given()
    piece = base64.b64encode(bytes(1_000_000)).decode()
    for _ in range(100):
        given.of_delta(openai_given.Delta(audio={"data": piece}))
    (sound,) = given.end()
    assert isinstance(sound, GivenFile)
    assert len(sound.data) <= openai_given.MAX_AUDIO_BYTES + 1_000_100
    assert given.end() == []


def test_sources_are_bounded_and_numbered_once() -> None:
    writer, state = Writer(), empty_state()
    for number in range(MAX_SOURCES + 10):
        fold(state, writer.apply(Source.of("", f"https://example.org/{number}", number=1)))
    assert [part["number"] for part in state["parts"]] == [*range(1, MAX_SOURCES + 1)]
    again = Writer(state["parts"])
    assert again.apply(Source.of("", "https://example.org/3", is_cited=True)) == [["add", MAX_SOURCES, text("[4]")]]


@pytest.mark.parametrize(
    ("read", "given", "right"),
    [
        (from_base64, "AQID", b"\1\2\3"),
        (from_base64, "AQ\nI", b"\1\2"),
        (from_base64, "_-8=", b"\xff\xef"),
        (from_base64, "A", b""),
        (of_data_address, "https://example.org", None),
        (of_data_address, "data:image/png,plain", GivenFile(b"", "image/png")),
        (of_data_address, "DATA:image/png;x=y;base64,AQID", GivenFile(b"\1\2\3", "image/png")),
    ],
)
def test_addresses_that_hold_data(read: Callable[[str], Any], given: str, right: Any) -> None:
    assert read(given) == right
