"""Exact arithmetic, and what it refuses."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tools.calculator import TOOL, Arguments, calculate
from chat.tools.tool import ToolError
from tests.tools.access import StillAccess


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        ("2^10 / 7", "1024/7, about 146.285714285714"),
        ("-2^2", "-4"),
        ("2**3**2", "512"),
        ("2^-3", "0.125"),
        ("7 // 2 + 7 % 2", "4"),
        ("(1 + 2) × 3 − 4 ÷ 8", "8.5"),
        ("1_000_000 * 1_000_000", "1000000000000"),
        ("20!", "2432902008176640000"),
        ("round(2.5)", "3"),
        ("round(-1.005, 2)", "-1.01"),
        ("sqrt(9/4)", "1.5"),
        ("sqrt(2)", "about 1.4142135623731"),
        ("max(1, 2, 3) - min(4, 5)", "-1"),
        ("gcd(12, 18) + lcm(4, 6)", "18"),
        ("floor(-1.5) + ceil(1.2) + abs(-3)", "3"),
        ("sin(0)", "about 0"),
        ("1e3 + .5", "1000.5"),
    ],
)
def test_a_value_is_what_mathematics_says(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("1/0", "divides by zero"),
        ("0^-1", "divides by zero"),
        ("9^9^9", "too long"),
        ("10000000!", "factorial"),
        ("4!!", "too much"),
        ("(" * 100 + "1" + ")" * 100, "too many brackets"),
        ("(1", "not closed"),
        ("1 +", "ends too early"),
        ("3 4", "too much"),
        ("sqrt(-1)", "negative"),
        ("__import__('os')", "not understood"),
        ("exp(10000)", "no value"),
        ("sqrt 4", "in brackets"),
        ("sin(1, 2)", "does not take 2"),
        ("^".join("1" * 900), "too many signs or powers"),
        ("-" * 1900 + "1", "too many signs or powers"),
    ],
)
def test_what_has_no_value_says_why(expression: str, why: str) -> None:
    with pytest.raises(ToolError, match=why):
        calculate(expression)


@pytest.mark.asyncio
async def test_everybody_else_has_a_turn_while_it_calculates() -> None:
    turns: list[bool] = []
    asyncio.get_running_loop().call_soon(turns.append, True)
    assert await TOOL.call(Arguments("2 + 2"), StillAccess()) == "2 + 2 = 4"
    assert turns


@pytest.mark.asyncio
async def test_a_tower_of_powers_is_refused_in_words() -> None:
    tower = "^".join("1" * 900)
    with pytest.raises(ToolError, match="too many signs or powers"):
        await TOOL.call(Arguments(tower), StillAccess())


def test_long_numbers_are_written_out_whole() -> None:
    assert calculate("10^5000 + 1") == "1" + "0" * 4999 + "1"


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_whole_numbers_are_added_and_multiplied_exactly(a: int, b: int) -> None:
    assert calculate(f"({a}) * ({b}) + ({a})") == str(a * b + a)


@given(st.text(alphabet="0123456789+-*/%^!().,_ sqrtmaxpie", max_size=60))
def test_whatever_is_written_there_is_a_value_or_a_reason(text: str) -> None:
    with suppress(ToolError):
        assert calculate(text)
