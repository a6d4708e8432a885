"""Tool: exact arithmetic. Numbers are fractions, so 0.1 + 0.2 is 0.3; an inexact result says "about"."""

from __future__ import annotations

import asyncio
import math
import operator
import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from .tool import Access, ToolError, tool

# Longer numbers are of no use, and a tower of powers would block the process.
MAX_BITS = 40_000
MAX_FACTORIAL = 3_000
# Each level of brackets costs a few stack frames of the parser.
MAX_DEPTH = 60
# The same for signs and powers, 2^2^2; with the brackets around them this stays below 600 of the 1,000 frames Python has.
MAX_LEVELS = 150
MAX_PLACES = 1000
# Enough for each whole number of MAX_BITS with MAX_PLACES.
_DECIMAL = Context(prec=14_000)

_NUMBER = r"\d+(?:_\d{3})*(?:\.\d*)?(?:e[+-]?\d{1,4})?|\.\d+(?:e[+-]?\d{1,4})?"
_TOKEN = re.compile(rf"\s*({_NUMBER}|[a-z][a-z0-9]*|\*\*|//|\S)", re.ASCII)
_ALIKE = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "{": "(", "}": ")", "[": "(", "]": ")"})


class Value(Struct, frozen=True):
    """A number; `is_exact` becomes false once a root or a logarithm was rounded."""

    number: Fraction
    is_exact: bool = True


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    expression: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            description="Such as (3 + 4) * 2^10 / 7. Operators + - * / // % ^ !, functions sqrt abs round floor ceil min max "
            "gcd lcm ln log10 exp sin cos tan, constants pi and e.",
        ),
    ]


def calculate(expression: str) -> str:
    """The value of an arithmetic expression, as text. Raises ToolError."""
    try:
        return _written(_Parser(expression.translate(_ALIKE)).whole())
    except ZeroDivisionError:
        raise ToolError("That divides by zero.") from None


async def _call(arguments: Arguments, access: Access) -> str:
    # In a thread: the longest numbers take a tenth of a second, and everybody's answers depend on the event loop.
    return f"{arguments.expression.strip()} = {await asyncio.to_thread(calculate, arguments.expression)}"


class _Parser:
    """Precedence climbing: _BINARY says how tightly each operator binds."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(text.lower())
        self._at = 0
        self._depth = 0
        self._levels = 0

    def whole(self) -> Value:
        value = self._expression()
        if self._at < len(self._tokens):
            raise ToolError(f"There is something too much: {self._tokens[self._at]!r}.")
        return value

    def _take(self, *expected: str) -> str:
        found = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += found in expected
        return found if found in expected else ""

    def _expression(self, level: int = 0) -> Value:
        """A value and the operators after it that bind at least as tightly as `level`."""
        self._levels += 1
        if self._levels > MAX_LEVELS:
            raise ToolError("There are too many signs or powers in a row.")
        left = self._operand()
        while found := self._take(*(sign for sign, (binds, _) in _BINARY.items() if binds >= level)):
            binds, apply = _BINARY[found]
            # Powers group from the right: 2^3^2 is 2^9.
            left = apply(left, self._expression(binds if binds == _POWER else binds + 1))
        self._levels -= 1
        return left

    def _operand(self) -> Value:
        if sign := self._take("+", "-"):
            value = self._expression(_POWER)
            return Value(-value.number, value.is_exact) if sign == "-" else value
        value = self._atom()
        if self._take("!"):
            if value.number.denominator != 1 or not 0 <= value.number <= MAX_FACTORIAL:
                raise ToolError(f"A factorial needs a whole number from 0 to {MAX_FACTORIAL:,}.")
            value = Value(Fraction(math.factorial(int(value.number))), value.is_exact)
        return value

    def _atom(self) -> Value:
        word = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += 1
        if word in _CONSTANTS:
            return Value(Fraction(_CONSTANTS[word]), is_exact=False)
        if word in _FUNCTIONS:
            if word != "(" and not self._take("("):
                raise ToolError(f"{word} needs its arguments in brackets.")
            return _apply(word, self._arguments())
        if re.fullmatch(_NUMBER, word, re.ASCII):
            return _bounded(Fraction(word.replace("_", "")))
        raise ToolError(f"{word!r} is not understood here." if word else "The expression ends too early.")

    def _arguments(self) -> list[Value]:
        """The values up to the closing bracket."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ToolError("There are too many brackets inside each other.")
        values = [self._expression()]
        while self._take(",", ";"):
            values.append(self._expression())
        if not self._take(")"):
            raise ToolError("A bracket is not closed.")
        self._depth -= 1
        return values


def _bounded(number: Fraction | int, *sources: Value) -> Value:
    """The number, exact if all its sources are, and not too long."""
    number = Fraction(number)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        raise ToolError("The number becomes too long to be of use.")
    return Value(number, all(source.is_exact for source in sources))


def _power(base: Value, exponent: Value) -> Value:
    number, times = base.number, exponent.number
    if times.denominator == 1:
        size = max(number.numerator.bit_length(), number.denominator.bit_length())
        if abs(times) * size > MAX_BITS and number not in (-1, 0, 1):
            raise ToolError("The number becomes too long to be of use.")
        return _bounded(number ** int(times), base, exponent)
    if times == Fraction(1, 2):
        return _root(base)
    if number < 0:
        raise ToolError("A root of a negative number is not a real one.")
    return _approximate(lambda: float(number) ** float(times))


def _root(value: Value) -> Value:
    if value.number < 0:
        raise ToolError("A root of a negative number is not a real one.")
    up, down = math.isqrt(value.number.numerator), math.isqrt(value.number.denominator)
    if up * up == value.number.numerator and down * down == value.number.denominator:
        return Value(Fraction(up, down), value.is_exact)
    # Computed with integers only, to forty digits more than are shown.
    scale = 10**40
    return Value(Fraction(math.isqrt(value.number.numerator * scale**2 // value.number.denominator), scale), False)


def _approximate(compute: Callable[[], float]) -> Value:
    try:
        found = compute()
        if not math.isfinite(found):
            raise OverflowError
    except (OverflowError, ValueError):
        raise ToolError("That has no value that can be written down.") from None
    return Value(Fraction(found), is_exact=False)


def _round(value: Value, decimals: Value = Value(Fraction(0))) -> Value:  # noqa: B008  # a frozen value
    places = decimals.number
    if places.denominator != 1 or abs(places) > 100:
        raise ToolError("round takes a number and how many decimal places, a whole number up to 100.")
    # Halves are rounded away from zero, as people expect, not to the even neighbour.
    scale = Fraction(10) ** int(places)
    whole = math.floor(abs(value.number) * scale + Fraction(1, 2))
    return Value(whole / scale * (1 if value.number >= 0 else -1), value.is_exact)


def _of_integers(function: Callable[..., int]) -> Callable[..., Value]:
    def apply(*values: Value) -> Value:
        if any(value.number.denominator != 1 for value in values):
            raise ToolError("gcd and lcm take whole numbers.")
        return _bounded(function(*(int(value.number) for value in values)))

    return apply


def _one(function: Callable[[float], float]) -> Callable[[Value], Value]:
    return lambda value: _approximate(lambda: function(float(value.number)))


def _same(function: Callable[..., Fraction | int]) -> Callable[..., Value]:
    return lambda *values: _bounded(function(*(value.number for value in values)), *values)


_POWER = 3
# Operator -> (how tightly it binds, function).
_BINARY: dict[str, tuple[int, Callable[[Value, Value], Value]]] = {
    "+": (1, _same(operator.add)),
    "-": (1, _same(operator.sub)),
    "*": (2, _same(operator.mul)),
    "/": (2, _same(operator.truediv)),
    "//": (2, _same(operator.floordiv)),
    "%": (2, _same(operator.mod)),
    "^": (_POWER, _power),
    "**": (_POWER, _power),
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
# Name -> (maximum number of arguments, function). A bracket without a name gives back what is in it.
_FUNCTIONS: dict[str, tuple[int, Callable[..., Value]]] = {
    "(": (1, lambda value: value),
    "sqrt": (1, _root),
    "abs": (1, _same(abs)),
    "floor": (1, _same(math.floor)),
    "ceil": (1, _same(math.ceil)),
    "round": (2, _round),
    "min": (100, _same(lambda *numbers: min(numbers))),
    "max": (100, _same(lambda *numbers: max(numbers))),
    "gcd": (100, _of_integers(math.gcd)),
    "lcm": (100, _of_integers(math.lcm)),
    "ln": (1, _one(math.log)),
    "log10": (1, _one(math.log10)),
    "exp": (1, _one(math.exp)),
    "sin": (1, _one(math.sin)),
    "cos": (1, _one(math.cos)),
    "tan": (1, _one(math.tan)),
}


def _apply(name: str, values: list[Value]) -> Value:
    most, function = _FUNCTIONS[name]
    if len(values) > most:
        raise ToolError(f"{name} does not take {len(values)} arguments.")
    return function(*values)


def _written(value: Value) -> str:
    top, bottom = Decimal(value.number.numerator), Decimal(value.number.denominator)
    with localcontext(_DECIMAL) as context:
        quotient = top / bottom
        ends = not context.flags[Inexact] and int(quotient.as_tuple().exponent) >= -MAX_PLACES
    if value.is_exact and ends:
        return f"{quotient:f}"
    try:
        about = f"about {float(value.number):.15g}"
    except OverflowError:
        about = f"about {quotient:.15g}"
    return f"{top:f}/{bottom:f}, {about}" if value.is_exact else about


TOOL = tool(
    Arguments,
    _call,
    name="calculator",
    description="Exact arithmetic with numbers of any length. Use it instead of working a calculation out in words.",
)
