"""The price table: what tokens cost and what models accept, at a date (config/prices.yaml)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from subtasks.cost.capacity import Capacity
from subtasks.errors import Problem

T = TypeVar("T")

MILLION = 1_000_000

PRICE_KEYS = frozenset(("input", "output"))

# A model may be called claude-opus-4-7, claude-opus-4-7-20260416, claude-opus-4-7@20260416 or
# us.anthropic.claude-opus-4-7-v1:0. Other endings, such as -fast, are other models.
_NAME = re.compile(r"(?:.*[./])?(?P<name>.+?)(?:[-@]\d{8})?(?:-v\d+)?(?::\d+)?(?:@default)?")


@dataclass(frozen=True, slots=True)
class Prices:
    """A price table.

    `models` gives US dollars per million tokens of input and of output, `capacities` the limits
    of models. `batch`, `cache_write` and `cache_read` are factors: on everything in a message
    batch, and on input tokens that are written to the prompt cache or read from it.
    """

    date: str
    models: Mapping[str, tuple[float, float]]
    batch: float
    cache_write: float
    cache_read: float
    capacities: Mapping[str, Capacity] = field(default_factory=dict)

    def cost(self, model: str, usage: Mapping[str, int], *, batch: bool) -> float | None:
        """Return the US dollars for `usage`, tokens by kind as the API reports them.

        None if the model has no price.
        """
        price = self.price(model)
        if price is None:
            return None
        per_input, per_output = price
        tokens_in = (
            usage.get("input_tokens", 0)
            + usage.get("cache_creation_input_tokens", 0) * self.cache_write
            + usage.get("cache_read_input_tokens", 0) * self.cache_read
        )
        tokens_out = usage.get("output_tokens", 0)
        factor = self.batch if batch else 1.0
        return factor * (tokens_in * per_input + tokens_out * per_output) / MILLION

    def price(self, model: str) -> tuple[float, float] | None:
        """Return US dollars per million tokens of input and of output; None without a price."""
        return _look_up(self.models, model)

    def capacity(self, model: str) -> Capacity:
        """Return the limits of a model."""
        return _look_up(self.capacities, model) or Capacity()


NONE = Prices(date="", models={}, batch=1.0, cache_write=1.0, cache_read=1.0)
"""For annotators that ask no model."""


def _look_up(table: Mapping[str, T], model: str) -> T | None:
    """Look up a model by its name, or by the name of the same model on another platform."""
    match = _NAME.fullmatch(model)
    return table.get(model) or (table.get(match["name"]) if match else None)


def format_usd(amount: float | None) -> str:
    """Format an amount of US dollars; None stands for an unknown price."""
    if amount is None:
        return "price unknown"
    return f"${amount:,.2f}" if amount >= 1 or amount == 0 else f"${amount:.4f}"


def read(path: Path) -> Prices:
    """Read a price table. Raises `Problem` if it is missing or invalid."""
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        models = {str(name): model for name, model in table["models"].items()}
        return Prices(
            date=str(table["date"]),
            models={
                name: (_number(model["input"]), _number(model["output"]))
                for name, model in models.items()
                if PRICE_KEYS & model.keys()
            },
            batch=_number(table["batch"]),
            cache_write=_number(table["cache_write"]),
            cache_read=_number(table["cache_read"]),
            capacities={name: _capacity(model) for name, model in models.items()},
        )
    except FileNotFoundError:
        raise Problem(f"config: claude.prices is {path}, but there is no such file") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(f"the price table {path} is invalid ({error!r})") from None


def _capacity(model: Mapping[str, Any]) -> Capacity:
    given = {name: value for name, value in model.items() if name not in PRICE_KEYS}
    for each in fields(Capacity):
        value = given.get(each.name, each.default)
        if type(value) is not each.type or (each.type is int and value < 1):
            raise ValueError(f"{each.name} cannot be {value!r}")
    return Capacity(**given)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{value!r} must be 0 or more")
    return float(value)
