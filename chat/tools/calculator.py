"""Tool: exact arithmetic. Numbers are fractions, so 0.1 + 0.2 is 0.3; an inexact result says "about"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from .tool import Access, ToolError, tool

# Longer numbers are of no use, and a tower of powers would block the process.
MAX_BITS = 40_000
MAX_FACTORIAL = 3_000
# Each level of brackets costs a few stack frames of the parser.
MAX_DEPTH = 60
ABOUT_DIGITS = 15

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
    value = _Parser(expression.translate(_ALIKE)).whole()
    return _written(value)


async def _call(arguments: Arguments, access: Access) -> str:
    return f"{arguments.expression.strip()} = {calculate(arguments.expression)}"


class _Parser:
    """Recursive descent: sum > product > sign > power > factorial > atom."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(text.lower())
        self._at = 0
        self._depth = 0

    def whole(self) -> Value:
        value = self._sum()
        if self._at < len(self._tokens):
            raise ToolError(f"There is something too much: {self._tokens[self._at]!r}.")
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        found = self._peek()
        if found and found in expected:
            self._at += 1
            return found
        return ""

    def _sum(self) -> Value:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ToolError("There are too many brackets inside each other.")
        left = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            left = _joined(left, right, left.number + right.number if sign == "+" else left.number - right.number)
        self._depth -= 1
        return left

    def _product(self) -> Value:
        left = self._signed()
        while sign := self._take("*", "/", "//", "%"):
            right = self._signed()
            if sign != "*" and right.number == 0:
                raise ToolError("That divides by zero.")
            left = _joined(left, right, _PRODUCTS[sign](left.number, right.number))
        return left

    def _signed(self) -> Value:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return Value(-value.number, value.is_exact) if negative else value

    def _power(self) -> Value:
        base = self._factorial()
        return _power(base, self._signed()) if self._take("^", "**") else base

    def _factorial(self) -> Value:
        value = self._atom()
        if self._take("!"):
            number = value.number
            if number.denominator != 1 or not 0 <= number <= MAX_FACTORIAL:
                raise ToolError(f"A factorial needs a whole number from 0 to {MAX_FACTORIAL:,}.")
            value = Value(Fraction(math.factorial(int(number))), value.is_exact)
        return value

    def _atom(self) -> Value:
        word = self._peek()
        self._at += 1
        if word == "(":
            value = self._sum()
            self._close()
            return value
        if word in _CONSTANTS:
            return Value(Fraction(_CONSTANTS[word]), is_exact=False)
        if word in _FUNCTIONS:
            if not self._take("("):
                raise ToolError(f"{word} needs its arguments in brackets.")
            values = [self._sum()]
            while self._take(",", ";"):
                values.append(self._sum())
            self._close()
            return _apply(word, values)
        if re.fullmatch(_NUMBER, word, re.ASCII):
            return _bounded(Value(Fraction(word.replace("_", ""))))
        raise ToolError(f"{word!r} is not understood here." if word else "The expression ends too early.")

    def _close(self) -> None:
        if not self._take(")"):
            raise ToolError("A bracket is not closed.")


_PRODUCTS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: Fraction(a // b),
    "%": lambda a, b: a % b,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}


def _joined(left: Value, right: Value, number: Fraction) -> Value:
    return _bounded(Value(number, left.is_exact and right.is_exact))


def _bounded(value: Value) -> Value:
    if max(value.number.numerator.bit_length(), value.number.denominator.bit_length()) > MAX_BITS:
        raise ToolError("The number becomes too long to be of use.")
    return value


def _power(base: Value, exponent: Value) -> Value:
    number, times = base.number, exponent.number
    if times.denominator == 1:
        if number == 0 and times < 0:
            raise ToolError("That divides by zero.")
        size = max(number.numerator.bit_length(), number.denominator.bit_length(), 1)
        if abs(times) * size > MAX_BITS and abs(number) != 1:
            raise ToolError("The number becomes too long to be of use.")
        return _joined(base, exponent, number ** int(times))
    if number < 0:
        raise ToolError("A root of a negative number is not a real one.")
    if times == Fraction(1, 2):
        return _root(base)
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


def _round(values: list[Value]) -> Value:
    places = values[1].number if len(values) > 1 else Fraction(0)
    if places.denominator != 1 or abs(places) > 100:
        raise ToolError("round takes a number and how many decimal places, a whole number up to 100.")
    # Halves are rounded away from zero, as people expect, not to the even neighbour.
    scale = Fraction(10) ** int(places)
    scaled = abs(values[0].number) * scale
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Value(Fraction(whole) / scale * (1 if values[0].number >= 0 else -1), values[0].is_exact)


def _whole(values: list[Value]) -> list[int]:
    if any(value.number.denominator != 1 for value in values):
        raise ToolError("gcd and lcm take whole numbers.")
    return [int(value.number) for value in values]


def _one(function: Callable[[float], float]) -> Callable[[list[Value]], Value]:
    return lambda values: _approximate(lambda: function(float(values[0].number)))


def _same(function: Callable[[list[Fraction]], Fraction | int]) -> Callable[[list[Value]], Value]:
    return lambda values: Value(Fraction(function([v.number for v in values])), all(v.is_exact for v in values))


# Name -> (minimum and maximum number of arguments, function).
_FUNCTIONS: dict[str, tuple[int, int, Callable[[list[Value]], Value]]] = {
    "sqrt": (1, 1, lambda values: _root(values[0])),
    "abs": (1, 1, _same(lambda n: abs(n[0]))),
    "floor": (1, 1, _same(lambda n: math.floor(n[0]))),
    "ceil": (1, 1, _same(lambda n: math.ceil(n[0]))),
    "round": (1, 2, _round),
    "min": (1, 100, _same(min)),
    "max": (1, 100, _same(max)),
    "gcd": (1, 100, lambda values: Value(Fraction(math.gcd(*_whole(values))))),
    "lcm": (1, 100, lambda values: _bounded(Value(Fraction(math.lcm(*_whole(values)))))),
    "ln": (1, 1, _one(math.log)),
    "log10": (1, 1, _one(math.log10)),
    "exp": (1, 1, _one(math.exp)),
    "sin": (1, 1, _one(math.sin)),
    "cos": (1, 1, _one(math.cos)),
    "tan": (1, 1, _one(math.tan)),
}


def _apply(name: str, values: list[Value]) -> Value:
    least, most, function = _FUNCTIONS[name]
    if not least <= len(values) <= most:
        raise ToolError(f"{name} does not take {len(values)} arguments.")
    return function(values)


def _written(value: Value) -> str:
    number = value.number
    if not value.is_exact:
        return f"about {_rounded(number)}"
    if number.denominator == 1:
        return _digits(number.numerator)
    decimal = _terminating(number)
    return (
        decimal
        if decimal is not None
        else f"{_digits(number.numerator)}/{_digits(number.denominator)}, about {_rounded(number)}"
    )


def _digits(number: int) -> str:
    # str() refuses more than 4,300 digits because it takes quadratic time; MAX_BITS allows only about 12,000 digits.
    if abs(number) < 10**4000:
        return str(number)
    high, low = divmod(abs(number), 10**4000)
    return f"{'-' if number < 0 else ''}{_digits(high)}{low:04000d}"


def _terminating(number: Fraction) -> str | None:
    """The exact decimal, if it ends within a thousand places."""
    rest, places = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while count <= 1000 and rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1 or places > 1000:
        return None
    scaled = _digits(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{scaled[:-places]}.{scaled[-places:]}"


def _rounded(number: Fraction) -> str:
    try:
        return f"{float(number):.{ABOUT_DIGITS}g}"
    except OverflowError:
        digits = _digits(abs(number.numerator) // number.denominator)
        return f"{'-' if number < 0 else ''}{digits[0]}.{digits[1:ABOUT_DIGITS]}e+{len(digits) - 1}"


TOOL = tool(
    Arguments,
    _call,
    name="calculator",
    description="Exact arithmetic with numbers of any length. Use it instead of working a calculation out in words.",
)
