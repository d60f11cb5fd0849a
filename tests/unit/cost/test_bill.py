"""What labels cost: each reply once, and nothing if a price is missing."""

import pytest

from subtasks.cost.bill import INPUT, OUTPUT, Bill
from subtasks.cost.prices import Prices
from subtasks.questions.outcome import Exchange

TABLE = Prices("2026-09-30", {"claude-a-1": (4.0, 20.0)}, 0.5, cache_write=1.25, cache_read=0.1)


def exchange(key: str, *, batch: bool = False, model: str = "claude-a-1", day: int = 1) -> Exchange:
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 10, "output_tokens": 100}
    received = f"2026-11-{day:02d}T10:00:00+00:00"
    return Exchange(key, "segment", None, False, model, batch, usage, received)


def test_a_bill_counts_a_reply_once() -> None:
    bill = Bill(TABLE)
    for each in (exchange("k"), exchange("k"), exchange("l", batch=True, day=9), exchange("m")):
        bill.add(each)
    each = (1000 * 4 + 10 * 0.4 + 100 * 20) / 1e6
    assert bill.replies == 3
    assert bill.dollars == pytest.approx(2.5 * each)
    assert bill.tokens["batch"] == exchange("l").usage
    assert (bill.count(*INPUT), bill.count(OUTPUT)) == (3030, 300)
    assert bill.last == "2026-11-09T10:00:00+00:00"


def test_a_bill_with_one_unknown_price_is_unknown() -> None:
    bill = Bill(TABLE)
    assert bill.dollars == 0
    bill.add(exchange("k"))
    bill.add(exchange("l", model="claude-b"))
    bill.add(exchange("m"))
    assert bill.dollars is None
    assert bill.count(OUTPUT) == 300
