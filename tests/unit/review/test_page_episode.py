"""Which episode comes after one that was accepted, and how a subtask is read out."""

from typing import Any

from support.page_modules import evaluate

ORDER = [4, 7, 1, 9, 3]


def _next(number: int, pending: tuple[int, ...] = (), **status: str) -> Any:
    episodes = [
        {"episode": each, "status": status.get(f"n{each}", "accepted")} for each in (1, 3, 4, 7, 9)
    ]
    return evaluate(
        "nextInNeed from episode.js",
        "nextInNeed(episodes, order, number, (other) => pending.includes(other))",
        episodes=episodes,
        order=ORDER,
        number=number,
        pending=pending,
    )


def test_the_next_in_need_is_new_or_failed_and_after_the_present_one() -> None:
    assert _next(7, n4="new", n9="corrected", n3="failed") == 3
    assert _next(7, n4="new", n1="new") == 1


def test_the_search_goes_round() -> None:
    assert _next(9, n4="new", n7="failed") == 4


def test_what_was_reviewed_a_moment_ago_needs_no_one() -> None:
    assert _next(4, pending=(7, 1), n4="new", n7="new", n1="failed", n9="new") == 9


def test_all_may_be_reviewed_but_the_present_one() -> None:
    assert _next(4, n4="new") is None


def test_an_episode_outside_the_list_leads_to_its_first_in_need() -> None:
    assert _next(12, n7="new", n3="new") == 7


def test_a_subtask_is_read_out_with_its_times() -> None:
    said = evaluate(
        "described from timeline.js",
        "[described('lift', true, 30, 45, 30), described(long, false, 0, 1, 30).length]",
        long="x" * 10_000,
    )
    assert said == ["lift, a mistake, 1.00 s to 1.50 s, frames 30 to 44", 153]
