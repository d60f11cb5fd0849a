"""What the replies of a store have cost."""

from pathlib import Path

import pytest

from subtasks.cost import prices
from subtasks.cost.spending import Spending
from subtasks.errors import Problem
from subtasks.questions.reply import Reply
from subtasks.store.replies import ReplyStore
from support.workflow import PROJECT

PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"


def reply(*, batch: bool = False, model: str = MODEL) -> Reply:
    return Reply("[…]", "end_turn", model, {"input_tokens": 50, "output_tokens": 400}, batch)


def cost(each: Reply) -> float:
    found = PRICES.cost(each.model, each.usage, batch=each.batch)
    assert found is not None
    return found


def spent(folder: Path) -> float:
    return Spending(folder, PRICES).dollars()


def test_what_is_spent_is_what_the_store_holds(tmp_path: Path) -> None:
    live, batch = reply(), reply(batch=True)
    with ReplyStore(tmp_path) as store:
        seen = Spending(tmp_path, PRICES)
        assert seen.dollars() == 0
        for number in range(20):
            store.put(f"{number:02x}{'0' * 62}", batch if number % 2 else live)
            assert seen.dollars() == pytest.approx(
                (number // 2 + 1) * cost(live) + (number + 1) // 2 * cost(batch)
            )
        whole = seen.dollars()
        assert whole == pytest.approx(10 * cost(live) + 10 * cost(batch))
        # A retired reply was paid for, and so is the one that takes its place.
        store.retire(f"00{'0' * 62}")
        assert seen.dollars() == pytest.approx(whole)
        store.put(f"00{'0' * 62}", live)
        assert seen.dollars() == pytest.approx(whole + cost(live)) == spent(tmp_path)


def test_a_reply_without_a_price_is_not_free(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        store.put("ab" * 32, reply(model="claude-unknown"))
    with pytest.raises(Problem, match="needs the price of claude-unknown"):
        spent(tmp_path)


def test_a_damaged_reply_is_named(tmp_path: Path) -> None:
    with ReplyStore(tmp_path) as store:
        store.put("ab" * 32, reply())
    path = tmp_path / "ab" / f"{'ab' * 32}.json"
    path.write_text(path.read_text()[:30])
    with pytest.raises(Problem, match="is damaged: remove it"):
        spent(tmp_path)
