"""How an episode's answer is won: which questions are asked, and when an answer will do.

A conversation yields the questions it wants answered and is sent their replies. It touches
neither network nor files, so that whatever carries questions to the model can drive it.
"""

from collections.abc import Generator

from subtasks import segments
from subtasks.question import Question
from subtasks.replies import Reply

Conversation = Generator[list[Question], list[Reply], str]
"""Yields questions, is sent as many replies, returns the text of the answer that will do."""


class Failed(Exception):
    """Why an episode has no usable answer, in one sentence."""


def segmentation(question: Question, fps: float, frames: int) -> Conversation:
    """Ask for an episode's subtasks, once more if the first answer cannot be used.

    `fps` and `frames` are the episode's own: an answer none of whose times lies inside the
    episode is not usable. Raises `Failed` after a refusal and after a second unusable answer.
    """
    [reply] = yield [question]
    fault = _fault(reply, question, fps, frames)
    if fault:
        [reply] = yield [question.again(reply.text, fault)]
        fault = _fault(reply, question, fps, frames)
        if fault:
            raise Failed(f"the answer could not be used, asked twice: {fault}")
    return reply.text


def _fault(reply: Reply, question: Question, fps: float, frames: int) -> str | None:
    match reply.stop_reason:
        case "refusal":
            raise Failed("the model refused to answer")
        case "model_context_window_exceeded":
            raise Failed("the question is too long for the model: lower sample.max_frames")
        case "max_tokens":
            return f"it was cut off after {question.max_tokens} tokens (claude.max_tokens)"
    try:
        segments.settle(segments.parse(reply.text).entries, fps, frames)
    except segments.Unusable as unusable:
        return str(unusable).rstrip(".")
    return None
