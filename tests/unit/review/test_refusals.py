"""Why a request is refused."""

from subtasks.review.refusals import Refusal


def test_a_refusal_has_a_status_a_sentence_and_what_the_page_is_told_beside_it() -> None:
    refusal = Refusal(412, "It was changed.", {"status": "new"})
    assert (refusal.status, refusal.message, str(refusal)) == (412, *["It was changed."] * 2)
    assert refusal.extra == {"status": "new"}
    assert Refusal(404, "Nothing.").extra == {}
