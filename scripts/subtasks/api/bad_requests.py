"""Why the API refuses a request for its content: one question, or a setting of the run.

The API, other endpoints and other providers say so in sentences only. The patterns are the words
of those sentences, in the order in which they are tried; whatever none of them knows concerns one
question.
"""

import re

_BATCH_PATH = re.compile(r"^requests\.\d+\.params[.:]?\s*")

_TOO_LONG = re.compile(
    r"(prompt|input|request|message|conversation|content|body|payload)( entity)?( \w+)? "
    r"(is |are )?too (long|large|big)"
    r"|too long for"
    r"|exceeds? (the )?(\w+'?s? )?(context|maximum size|maximum (request|prompt|input))"
    r"|context[ _](window|limit|length)"
    r"|too (much media|many (images|total|documents|input tokens|pages))"
    r"|long context requests"
    r"|(number|count) of images"
    r"|request_too_large"
)
_ACCOUNT = re.compile(
    r"credit balance|billing|usage limit|spend(ing)? limit|regain access|insufficient (funds|credit"
    r"|quota)|quota (is )?exceeded|payment"
    r"|(organi[sz]ation|account|workspace) (has been|is|was) (disabled|suspended|closed|banned)"
)
_BLIND = re.compile(
    r"(does not|doesn't|cannot|can't) (support|accept|process|take|read) "
    r"(image|vision|multi-?modal)"
    r"|(images?|vision)( input| content)?s? (is|are) not supported (by|for|with|on)"
    r"|not a (vision|multi-?modal) model"
)
_OF_EVERY_REQUEST = re.compile(r"cache_control|extra inputs|unknown (field|parameter|key)")
_OF_ONE_QUESTION = re.compile(
    r"^messages?\b|\bimages?\b|base64|media[_ ]type|content filter|blocked by|safety|harmful"
    r"|text content block"
)
_SCHEMA = re.compile(
    r"grammar|schema|structured[ _-]output|output[_ ]?config\.format|output_format|response_format"
    r"|\benums?\b|optional parameters"
)
_TOO_COMPLEX = re.compile(r"too (large|complex|many|big|long|deep)|complexity|time|exceed|limit")
_MAX_TOKENS = re.compile(
    r"max_(output_|completion_)?tokens|maximum (allowed )?(number of )?(output )?tokens"
    r"|output tokens"
)
_EFFORT = re.compile(r"\beffort\b|thinking|reasoning|budget_tokens")
_MODEL = re.compile(
    r"^model\b|\bmodel[ _](id|identifier|name|version)\b"
    r"|(invalid|unknown|unsupported|no such) model"
    r"|\bmodel\b.*(not (found|supported|available|exist|ready|enabled)|does(n't| not) exist"
    r"|deprecated|retired)"
    r"|on-demand throughput|inference profile"
)
_ENDPOINT = re.compile(
    r"anthropic[-_ ](version|beta)|api[-_ ]version"
    r"|(un(known|expected|recogni[sz]ed|supported)|extra|additional|invalid|missing|required)\b"
    r".{0,40}\b(inputs?|parameters?|fields?|keys?|arguments?|propert(y|ies)|attributes?|headers?)\b"
    r"|(parameter|field|key|argument|property|feature|header)\b.{0,60}"
    r"(not (supported|permitted|allowed|recogni[sz]ed|available|valid)|unknown|unsupported)"
    r"|field required|output_config|cache_control|extra inputs"
    r"|(parse|decode|read|invalid|malformed)\b.{0,20}(json|body)"
)

SHOWS_TOO_MUCH = "lower sample.max_frames"


def is_too_long(message: str) -> bool:
    """Say whether a request was refused because it holds too much."""
    return bool(_TOO_LONG.search(_words(message)))


def concerns_account(message: str) -> bool:
    """Say whether a request was refused because of the account: no credit, a limit on spending."""
    return bool(_ACCOUNT.search(_words(message)))


def setting_at_fault(message: str) -> str | None:
    """Say which setting makes the API refuse every question of the run, and what to do about it.

    None if the refusal concerns one question.
    """
    words = _words(message)
    if _BLIND.search(words):
        return "choose a claude.model that takes images"
    if _OF_ONE_QUESTION.search(words) and not _OF_EVERY_REQUEST.search(words):
        return None
    if _SCHEMA.search(words):
        if _TOO_COMPLEX.search(words):
            return "shorten labels.vocabulary"
        return (
            "change labels.vocabulary, or choose a claude.model (and claude.base_url) that can "
            "answer by a JSON schema"
        )
    if _MAX_TOKENS.search(words):
        return "change claude.max_tokens"
    if _EFFORT.search(words):
        return "change claude.effort to what claude.model takes, or leave it empty"
    if _MODEL.search(words):
        return "change claude.model"
    if _ENDPOINT.search(words):
        return "check claude.base_url and claude.model"
    return None


def _words(message: str) -> str:
    return _BATCH_PATH.sub("", " ".join(message.lower().split()))
