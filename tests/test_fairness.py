from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.fairness import FairQueue

Share = st.sampled_from("abc")


def served(queue: FairQueue[int], count: int) -> list[str]:
    return [taken[0] for _ in range(count) if (taken := queue.take())]


def test_queue_share_with_much_to_do_leaves_others_their_place() -> None:
    queue = FairQueue[int]()
    for number in range(1000):
        queue.put("much", number)
    assert served(queue, 10) == ["much"] * 10
    queue.put("little", 0)
    assert "little" in served(queue, 2)


def test_queue_share_that_costs_more_is_served_less() -> None:
    queue = FairQueue[int]()
    for number in range(100):
        queue.put("slow", number)
        queue.put("quick", number)
    counts = {"slow": 0, "quick": 0}
    for _ in range(60):
        taken = queue.take(0.0)
        assert taken
        counts[taken[0]] += 1
        queue.charge(taken[0], 5.0 if taken[0] == "slow" else 1.0)
    assert counts["quick"] >= 4 * counts["slow"]


def test_queue_share_that_was_away_saves_nothing_up() -> None:
    queue = FairQueue[int]()
    for number in range(100):
        queue.put("steady", number)
    served(queue, 50)
    for number in range(50):
        queue.put("new", number)
    assert served(queue, 20).count("new") <= 11


def test_queue_share_that_may_not_be_served_waits() -> None:
    queue = FairQueue[int]()
    queue.put("a", 1)
    queue.put("b", 2)
    assert queue.take(may_serve=lambda share: share != "a") == ("b", 2)
    assert queue.take(may_serve=lambda share: share != "a") is None
    assert len(queue) == 1


@given(st.lists(st.tuples(Share, st.booleans())))
def test_queue_gives_every_item_once_and_each_share_in_order(steps: list[tuple[str, bool]]) -> None:
    queue, put, taken = FairQueue[int](), dict[str, list[int]](), dict[str, list[int]]()
    for number, (share, is_take) in enumerate(steps):
        if is_take:
            found = queue.take()
            if found:
                taken.setdefault(found[0], []).append(found[1])
        else:
            queue.put(share, number)
            put.setdefault(share, []).append(number)
    while found := queue.take():
        taken.setdefault(found[0], []).append(found[1])
    assert taken == put
    assert len(queue) == 0


def test_queue_item_that_is_taken_out_is_not_served() -> None:
    queue = FairQueue[int]()
    queue.put("a", 1)
    queue.put("a", 2)
    queue.remove("a", 1)
    queue.remove("a", 9)
    assert queue.take() == ("a", 2)
    assert queue.take() is None
