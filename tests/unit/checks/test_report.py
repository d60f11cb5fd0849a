"""The list of episodes to look at first, as it is printed."""

from subtasks.checks import report
from subtasks.checks.finding import Checked, Finding, Kind


def checked(number: int, *texts: str) -> Checked:
    return Checked(number, 2.0, tuple(Finding(Kind.ORDER, 1.0, None, text) for text in texts))


def test_episodes_are_listed_with_their_sentences() -> None:
    found = [checked(17, "a", "b", "c", "d"), checked(3, "e"), checked(4, "f")]
    assert report.listing("demo", found, 2) == (
        "demo: 3 episodes to look at\n\n"
        "episode  score  why\n"
        "----------------------------\n"
        "     17    2.0  a\n"
        "                b\n"
        "                c\n"
        "                … and 1 more\n"
        "      3    2.0  e\n"
        "… and 1 more episode"
    )


def test_that_there_is_nothing_is_said_too() -> None:
    assert report.listing("demo", [], 5) == "demo: nothing odd about the labels"
    assert report.first_lines([]) == []


def test_the_end_of_a_run_names_the_first_that_did_not_fail() -> None:
    failed = Checked(20, 10.0, (Finding(Kind.FAILED, 10.0, None, "no video"),))
    found = [failed, *(checked(number, f"because of {number}", "more") for number in range(9))]
    assert report.first_lines(found, 2) == [
        "episode 000000: because of 0",
        "episode 000001: because of 1",
    ]
    assert len(report.first_lines(found)) == report.FIRST
    assert report.first_lines([failed]) == []
