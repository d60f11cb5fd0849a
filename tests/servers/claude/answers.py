"""Builds the answer to a question from the true subtasks, in the form it asks for."""

import json
import math
import uuid
from typing import Any

from servers.claude.faults import Answer
from servers.claude.oracles import Known
from servers.claude.question import Question
from servers.claude.schemas import Span, fill
from servers.claude.tokens import CHARACTERS_PER_TOKEN, THINKING_TOKENS, Usage, text_tokens


def spans(question: Question, known: Known) -> list[Span]:
    """Return the subtasks visible in the question's pictures; the first begins with them.

    Borders before the first picture or after the last cannot be seen and are left out.
    """
    subtasks = sorted(known.subtasks, key=lambda entry: entry["time"])
    start, end = question.span or (0.0, question.duration or math.inf)
    borders = [start, *(entry["time"] for entry in subtasks if start < entry["time"] <= end)]
    ends = [*borders[1:], end if math.isfinite(end) else borders[-1]]
    return [
        Span(border, stop, _label_at(border, subtasks))
        for border, stop in zip(borders, ends, strict=True)
    ]


def _label_at(time: float, subtasks: list[dict[str, Any]]) -> str:
    begun = [entry for entry in subtasks if entry["time"] <= time]
    return (begun or subtasks)[-1 if begun else 0]["subtask"]


def truth(question: Question, known: Known) -> Answer:
    """Return the right answer: an instance of the schema, or prose if there is no schema."""
    seen = spans(question, known)
    narration = "\n".join(
        f"{each.start:.2f} s to {each.end:.2f} s: {each.subtask}" for each in seen
    )
    if question.schema is None:
        return Answer(narration)
    if question.pictures and question.pictures[0].border:
        return Answer(json.dumps({"borders": borders(question, known)}))
    start, end = question.current_segment or question.span or (0.0, question.duration or 0.0)
    subtasks = sorted(known.subtasks, key=lambda entry: entry["time"])
    asked = Span(start, end, _label_at((start + end) / 2, subtasks))
    return Answer(json.dumps(fill(question.schema, seen, asked, narration)))


def borders(question: Question, known: Known) -> list[dict[str, Any]]:
    """Say where each border really is, if it is in its strip."""
    true = [entry["time"] for entry in known.subtasks][1:]
    placed = []
    for picture in question.pictures:
        number, now = picture.border
        start, stop = picture.times
        near = min(true, key=lambda time: abs(time - now), default=-1.0)
        is_visible = start <= near <= stop
        placed.append({"border": number, "time": near if is_visible else "not visible"})
    return placed


def message(question: Question, answer: Answer, usage: Usage, tier: str) -> dict[str, Any]:
    """Return the message as the API sends it, cut off at `max_tokens`."""
    thinking = THINKING_TOKENS[question.effort] if question.thinks else 0
    room = max(0, question.max_tokens - thinking)
    if text_tokens(answer.text) > room:
        answer = Answer(answer.text[: int(room * CHARACTERS_PER_TOKEN)], "max_tokens")
    output = min(thinking, question.max_tokens) + text_tokens(answer.text)
    if answer.stop_reason == "max_tokens":
        output = question.max_tokens
    content: list[dict[str, Any]] = []
    if thinking:
        content.append({"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"})
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    return {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": question.model.name,
        "content": content,
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "stop_details": _stop_details(answer),
        "usage": usage.report(output, tier),
    }


def _stop_details(answer: Answer) -> dict[str, Any] | None:
    if answer.stop_reason != "refusal":
        return None
    return {"type": "refusal", "category": None, "explanation": None}


def events(message: dict[str, Any]) -> str:
    """Return a message as the server-sent events of a streamed answer."""
    usage, content = message["usage"], message["content"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    stream: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(content):
        if block["type"] == "text":
            empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty = {**block, "signature": ""}
            delta = {"type": "signature_delta", "signature": block["signature"]}
        stream += [
            {"type": "content_block_start", "index": index, "content_block": empty},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    total = {"output_tokens": usage["output_tokens"]}
    stream += [{"type": "message_delta", "delta": end, "usage": total}, {"type": "message_stop"}]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in stream)
