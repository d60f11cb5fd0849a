import json
from dataclasses import asdict

from subtasks.questions.reply import Reply


def test_a_reply_comes_back_from_json_as_it_was() -> None:
    reply = Reply("[]", "end_turn", "m", {"input_tokens": 3}, batch=True, received="2026-01-01")
    assert Reply(**json.loads(json.dumps(asdict(reply)))) == reply


def test_a_reply_stored_before_there_were_batches_came_live() -> None:
    reply = Reply(**json.loads('{"text": "", "stop_reason": "refusal", "model": "m", "usage": {}}'))
    assert (reply.batch, reply.received) == (False, "")
