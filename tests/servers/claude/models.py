"""What each model supports: context, images, thinking, sampling, caching."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Model:
    """The limits of one model, in tokens and pixels."""

    name: str
    context: int = 1_000_000
    max_output: int = 128_000
    images: int = 600  # per request
    long_edge: int = 2576  # larger images are shrunk to this edge
    image_tokens: int = 4784  # and to at most this many tokens
    min_cache: int = 2048  # shorter prefixes are not cached
    sampling: bool = False  # accepts temperature, top_p, top_k
    prefill: bool = False  # accepts a last message from the assistant
    thinking: tuple[str, ...] = ("disabled", "adaptive")
    thinks: bool = False  # by default
    effort: tuple[str, ...] = ("low", "medium", "high", "xhigh", "max")

    @property
    def family(self) -> str:
        """Rate limits are per family: opus, sonnet, haiku, …."""
        return self.name.split("-")[1]


_OPUS_4_7 = Model("claude-opus-4-7")
_OPUS_4_6 = replace(
    _OPUS_4_7,
    name="claude-opus-4-6",
    long_edge=1568,
    image_tokens=1600,
    min_cache=4096,
    sampling=True,
    thinking=("disabled", "adaptive", "enabled"),
    effort=("low", "medium", "high", "max"),
)
_OPUS_4_5 = replace(
    _OPUS_4_6,
    name="claude-opus-4-5",
    context=200_000,
    max_output=64_000,
    images=100,
    prefill=True,
    thinking=("disabled", "enabled"),
    effort=("low", "medium", "high"),
)
_OPUS_5 = replace(_OPUS_4_7, name="claude-opus-5", min_cache=512, thinks=True)
_ALWAYS_THINKS = replace(_OPUS_5, thinking=("adaptive",))

_KNOWN = (
    _OPUS_4_5,
    replace(_OPUS_4_5, name="claude-sonnet-4-5", min_cache=1024, effort=()),
    replace(_OPUS_4_5, name="claude-haiku-4-5", effort=()),
    _OPUS_4_6,
    replace(_OPUS_4_6, name="claude-sonnet-4-6", min_cache=1024),
    _OPUS_4_7,
    replace(_OPUS_4_7, name="claude-opus-4-8", min_cache=1024),
    _OPUS_5,
    replace(_ALWAYS_THINKS, name="claude-opus-5-5"),
    replace(_ALWAYS_THINKS, name="claude-fable-5-1"),
    replace(_OPUS_5, name="claude-sonnet-5-5", thinking=("adaptive", "between_tools")),
    replace(_OPUS_5, name="claude-haiku-5-5"),
)
_DATED = {
    "claude-opus-4-5-20251101": "claude-opus-4-5",
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
    "claude-haiku-4-5-20251001": "claude-haiku-4-5",
}

MODELS = {model.name: model for model in _KNOWN}
MODELS |= {dated: MODELS[name] for dated, name in _DATED.items()}
