from subtasks.questions.outcome import Exchange, Outcome


def exchange(stored: bool) -> Exchange:
    return Exchange("key", "segment", None, stored, "m", False, {}, "")


def test_requests_and_replies_from_the_store_are_counted_apart() -> None:
    outcome = Outcome(3, None, "refused", (exchange(True), exchange(False), exchange(True)))
    assert (outcome.asked, outcome.stored) == (1, 2)
    assert (Outcome(3, None, "no frames").asked, Outcome(3, None, "no frames").stored) == (0, 0)
