"""What is called what: a square where words agree, else a list."""

from xml.etree import ElementTree

from subtasks.evaluation import confusion
from subtasks.evaluation.confusion import MOST_FOUND, MOST_LABELS, MOST_LISTED


def rows(*entries: tuple[str, str, float]) -> list[list[str]]:
    markup = "".join(confusion.table(entries)).replace("&nbsp;", " ")
    root = ElementTree.fromstring(f"<x>{markup}</x>")
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


def test_words_that_agree_make_a_square_with_the_right_ones_on_its_diagonal() -> None:
    found = rows(("grasp", "grasp", 3.0), ("grasp", "lift", 1.0), ("lift", "lift", 2.0))
    assert found == [
        ["true, found:", "grasp", "lift", "seconds"],
        ["grasp", "0.75", "0.25", "4.0"],
        ["lift", "", "1.00", "2.0"],
    ]
    assert "".join(confusion.table([("a", "a", 1.0)])).count('class="right"') == 1


def test_rare_labels_are_others() -> None:
    entries = [(f"l{n:02d}", f"l{n:02d}", 10.0) for n in range(MOST_LABELS + 3)]
    found = rows(*entries)
    assert found[0][-2:] == ["all others", "seconds"]
    assert found[-1] == ["all others", *[""] * MOST_LABELS, "1.00", "30.0"]
    # A label of that name is another one, and every second is in one cell.
    named = [("all others", "all others", 99.0), *entries]
    assert rows(*named)[1] == ["all others", "1.00", *[""] * MOST_LABELS, "99.0"]
    total = sum(float(row[-1]) for row in rows(*named)[1:])
    assert total == sum(seconds for *_, seconds in named)
    assert "".join(confusion.table(entries)).count('class="right"') == MOST_LABELS


def test_free_texts_are_listed_for_each_true_label() -> None:
    found = rows(
        ("grasp the cup", "close <b>", 3.0), ("grasp the cup", "lift", 1.0), ("lift", "up", 1.0)
    )
    assert found == [
        ["true", "found in its place, and in how much of its time"],
        ["grasp the cup", "close <b> 75%, lift 25%"],
        ["lift", "up 100%"],
    ]


def test_lists_stay_short() -> None:
    many = [("grasp", f"found {n}", 1.0) for n in range(MOST_FOUND + 2)]
    assert rows(*many)[1][1].endswith(", and 2 others")
    assert len(rows(*[(f"true {n}", "x", 1.0) for n in range(99)])) == MOST_LISTED + 1
    assert "And 69 other true labels" in "".join(
        confusion.table([(f"true {n}", "x", 1.0) for n in range(99)])
    )
    assert "".join(confusion.table([])) == ""
