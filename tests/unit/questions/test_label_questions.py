"""What every question about labels says before it lists them."""

from subtasks.questions.label_questions import MOST_TASKS, LabelSettings, label_question
from subtasks.questions.question import Question

SCHEMA = {"type": "object"}


def test_the_paragraphs_come_in_order() -> None:
    settings = LabelSettings("m", 8192, "low", "Do it.", "A kitchen.", ("Tidy up.", "Cook."))
    asked = label_question(settings, ["The labels:\nreach", "And more"], SCHEMA, "test")
    text = (
        "Do it.\n\nThe tasks of the recordings:\nTidy up.\nCook.\n\n"
        "About these recordings: A kitchen.\n\nThe labels:\nreach\n\nAnd more"
    )
    assert asked == Question("m", 8192, "low", SCHEMA, (text,), purpose="test")


def test_what_is_not_known_is_not_said() -> None:
    many = tuple(map(str, range(MOST_TASKS + 1)))
    for tasks in ((), many):
        asked = label_question(
            LabelSettings("m", 9, None, "Do it.", None, tasks), ["x"], SCHEMA, ""
        )
        assert asked.content == ("Do it.\n\nx",)


def test_a_key_stays_what_it_was_so_that_nothing_is_paid_for_twice() -> None:
    settings = LabelSettings("m", 8192, None, "Group them.", None, ("Tidy up.",))
    asked = label_question(settings, ["How often, and the label:\n2: reach"], SCHEMA, "unify")
    assert asked.key == KEY


KEY = "86769e05694649d8ed37128bda50ebba745abeaf734b5d15a984f14330ccf28e"
