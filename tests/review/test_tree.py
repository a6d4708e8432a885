"""The order in which a tree is read."""

from hypothesis import given
from hypothesis import strategies as st

from chat.review.tree import walk


def ids(messages: list[tuple[int, int | None]]) -> list[int]:
    return [node.id for node in walk(messages)]


def test_a_line_is_read_from_its_beginning() -> None:
    nodes = walk([(1, None), (2, 1), (3, 2)])
    assert [node.id for node in nodes] == [1, 2, 3]
    assert all(node.follows and node.is_newest and node.versions == (node.id,) for node in nodes)


def test_a_branch_is_told_to_its_end_before_its_sibling_begins() -> None:
    assert ids([(1, None), (2, 1), (3, 2), (4, 1), (5, 4)]) == [1, 2, 3, 4, 5]
    assert ids([(1, None), (2, 1), (3, 1), (4, 2), (5, 3)]) == [1, 2, 4, 3, 5]


def test_versions_count_from_the_oldest_and_the_newest_way_is_marked() -> None:
    by_id = {node.id: node for node in walk([(1, None), (2, 1), (3, 1), (4, 2), (5, 3)])}
    assert by_id[3].versions == (2, 3)
    assert (by_id[2].version, by_id[3].version) == (1, 2)
    assert [each for each in by_id if by_id[each].is_newest] == [1, 3, 5]
    assert not by_id[3].follows, "what stands before it on the page is another branch"


def test_several_beginnings_are_versions_of_each_other() -> None:
    assert [node.versions for node in walk([(1, None), (2, None)])] == [(1, 2), (1, 2)]


def test_nothing_and_a_very_long_line() -> None:
    assert walk([]) == []
    assert len(walk([(each, each - 1 or None) for each in range(1, 20_001)])) == 20_000


@given(st.lists(st.integers(min_value=0, max_value=50), max_size=60))
def test_every_message_has_one_node_after_its_parent(picks: list[int]) -> None:
    messages = [(at + 1, (pick % (at + 1)) or None) for at, pick in enumerate(picks)]
    nodes = walk(messages)
    order = [node.id for node in nodes]
    assert sorted(order) == [message for message, _ in messages]
    at = {message: position for position, message in enumerate(order)}
    assert all(parent is None or at[parent] < at[message] for message, parent in messages)
