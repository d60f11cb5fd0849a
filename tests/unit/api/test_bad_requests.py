"""Refusals by their sentences, which are those of the API and of others that speak like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.api import bad_requests
from subtasks.api.errors import Refused, classify_batch_error
from subtasks.errors import Fatal

MODEL = "claude-opus-4-7"

SETTINGS = {
    "labels.vocabulary": [
        "The compiled grammar is too large, which would cause performance issues. Simplify your "
        "tool schemas or reduce the number of strict tools.",
        "output_config.format.schema: Invalid schema: The compiled grammar is too large, which "
        "would cause performance issues.",
        "Schema is too complex for compilation.",
        "Schema is too complex.",
        "Grammar compilation timed out.",
        "output_config.format.schema: Enum value could not be processed.",
        "output_config.format.schema: too many enum values: 1500 > 1000",
        "output_config.format.schema: For 'array' type, property 'maxItems' is not supported",
    ],
    "claude.model": [
        "output_config.format: Extra inputs are not permitted",
        "output_format: This model does not support structured outputs.",
        "The provided model identifier is invalid.",
        "Invocation of model ID anthropic.claude with on-demand throughput isn't supported. Retry "
        "your request with the ID or ARN of an inference profile that contains this model.",
        "model: String should have at least 1 character",
        "The model claude-2 is deprecated and no longer available",
        "This model does not support image inputs.",
        "Image input is not supported by this model",
    ],
    "claude.max_tokens": [
        "max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for "
        "claude-opus-4-5",
        "max_tokens: Input should be greater than or equal to 1",
        "The maximum tokens you requested exceeds the model limit of 8192. Try again with a "
        "maximum tokens value that is lower than 8192.",
        "`max_tokens` must be greater than `thinking.budget_tokens`.",
        "Range of max_tokens should be [1, 8192]",
    ],
    "claude.effort": [
        "This model does not support the effort parameter.",
        "output_config.effort: Input should be 'low', 'medium' or 'high'",
        "adaptive thinking is not supported on this model",
        "thinking: Input tag 'adaptive' found using 'type' does not match any of the expected "
        "tags: 'disabled', 'enabled'",
        '"thinking.type.enabled" is not supported for this model.',
        "thinking.adaptive.effort: Extra inputs are not permitted",
    ],
    "claude.base_url": [
        "output_config: Extra inputs are not permitted",
        "output_config: unknown parameter",
        "Unknown parameter: 'cache_control'.",
        "messages.0.content.3.cache_control: Extra inputs are not permitted",
        "anthropic-version: header is required",
        "Unsupported parameter: system",
        "messages.0.name: Extra inputs are not permitted",
        "unrecognized request argument supplied: metadata",
        "max_output: Field required",
        "We could not parse the JSON body of your request.",
    ],
}
"""Refusals that no question of a run could get past, by a setting that each must name."""

ONE_QUESTION = [
    "messages.0.content.5.image.source.base64.data: Could not process image",
    "Could not process image",
    "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 7000000 bytes > "
    "5242880 bytes",
    "messages.2.content.1.image.source.base64.data: At least one of the image dimensions exceed "
    "max allowed size for many-image requests: 2000 pixels",
    "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg'",
    "messages: text content blocks must be non-empty",
    "messages.0.content.7: text content blocks must contain non-whitespace text",
    "Output blocked by content filtering policy",
    "Something went wrong",
    "",
]
"""Refusals that other questions may get past."""

TOO_LONG = [
    "prompt is too long: 207368 tokens > 200000 maximum",
    "Input is too long for requested model.",
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input "
    "length or `max_tokens` and try again",
    "messages: Too much media: 0 document pages + 102 images > 100",
    "too many images and documents: 120 + 0 > 100",
    "Request exceeds the maximum size",
    "Request too large",
    "This model's maximum context length is 8192 tokens",
    "too many total text bytes: 10,000,000 > 9,000,000",
    "Extra usage is required for long context requests.",
]

ACCOUNT = [
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
    "You have reached your specified API usage limits. You will regain access on 2026-04-01 at "
    "00:00 UTC.",
    "This organization has been disabled.",
    "Insufficient quota",
    "Your workspace has reached its spend limit.",
]

pairs = [(setting, message) for setting, messages in SETTINGS.items() for message in messages]


@pytest.mark.parametrize("prefix", ["", "requests.0.params: "])
@pytest.mark.parametrize(("setting", "message"), pairs)
def test_a_setting_at_fault_ends_the_run_and_is_named(
    setting: str, message: str, prefix: str
) -> None:
    meaning = classify_batch_error("invalid_request_error", prefix + message, MODEL)
    assert isinstance(meaning, Fatal)
    assert setting in str(meaning)
    assert message[:60] in str(meaning)


@pytest.mark.parametrize("message", ONE_QUESTION)
def test_a_question_at_fault_fails_alone(message: str) -> None:
    meaning = classify_batch_error("invalid_request_error", message, MODEL)
    assert isinstance(meaning, Refused)
    assert message in str(meaning)


@pytest.mark.parametrize("kind", ["invalid_request_error", "request_too_large"])
@pytest.mark.parametrize("message", TOO_LONG)
def test_a_question_that_is_too_long_names_what_to_lower(message: str, kind: str) -> None:
    meaning = classify_batch_error(kind, message, MODEL)
    assert isinstance(meaning, Refused)
    assert str(meaning).endswith(": lower sample.max_frames")


@pytest.mark.parametrize("message", ACCOUNT)
def test_an_account_at_fault_ends_the_run(message: str) -> None:
    meaning = classify_batch_error("invalid_request_error", message, MODEL)
    assert isinstance(meaning, Fatal)
    assert "no credit left" in str(meaning)


@given(st.text() | st.sampled_from([*ONE_QUESTION, *TOO_LONG]).map(lambda text: text * 2000))
def test_any_sentence_is_classified_at_once(message: str) -> None:
    bad_requests.is_too_long(message)
    bad_requests.concerns_account(message)
    bad_requests.setting_at_fault(message)
