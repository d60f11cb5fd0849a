"""What tokens cost and what models take: the dated table of config/prices.yaml."""

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

PRICE = frozenset(("input", "output"))

# A model is called claude-opus-4-7, claude-opus-4-7-20260416, us.anthropic.claude-opus-4-7-v1:0
# or claude-opus-4-7@20260416. Other endings, such as -fast, are other models.
_NAME = re.compile(r"(?:.*[./])?(?P<name>.+?)(?:[-@]\d{8})?(?:-v\d+)?(?::\d+)?(?:@default)?")


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens by model, and the factors for batches and the cache.

    `capacities` are what models take.
    """

    date: str
    models: Mapping[str, tuple[float, float]]
    batch: float
    cache_write: float
    cache_read: float
    capacities: Mapping[str, Capacity] = field(default_factory=dict)

    def cost(self, model: str, usage: Mapping[str, int], *, batch: bool) -> float | None:
        """US dollars for an answer's `usage` as the API reports it; None without a price."""
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
        share = self.batch if batch else 1.0
        return share * (tokens_in * per_input + tokens_out * per_output) / MILLION

    def price(self, model: str) -> tuple[float, float] | None:
        """US dollars per million tokens in and out, None for a model that is not listed."""
        return _of(self.models, model)

    def capacity(self, model: str) -> Capacity:
        """What a model takes."""
        return _of(self.capacities, model) or Capacity()


# For annotators that ask no model.
NONE = Prices(date="", models={}, batch=1.0, cache_write=1.0, cache_read=1.0)


def _of(table: Mapping[str, T], model: str) -> T | None:
    """Look a model up; other platforms put something around its name, which changes nothing."""
    match = _NAME.fullmatch(model)
    return table.get(model) or (table.get(match["name"]) if match else None)


def format_usd(amount: float | None) -> str:
    """Write an amount of US dollars; None is a price that nobody knows."""
    if amount is None:
        return "price unknown"
    return f"${amount:,.2f}" if amount >= 1 or amount == 0 else f"${amount:.4f}"


def read(path: Path) -> Prices:
    """Read a table of prices. Raises `Problem` for one that cannot be true."""
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        models = {str(name): model for name, model in table["models"].items()}
        return Prices(
            date=str(table["date"]),
            models={
                name: (_number(model["input"]), _number(model["output"]))
                for name, model in models.items()
                if PRICE & model.keys()
            },
            batch=_number(table["batch"]),
            cache_write=_number(table["cache_write"]),
            cache_read=_number(table["cache_read"]),
            capacities={name: _capacity(model) for name, model in models.items()},
        )
    except FileNotFoundError:
        raise Problem(f"config: claude.prices is {path}, there is no such file") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(f"the prices in {path} cannot be read ({error!r})") from None


def _capacity(model: Mapping[str, Any]) -> Capacity:
    given = {name: value for name, value in model.items() if name not in PRICE}
    for each in fields(Capacity):
        value = given.get(each.name, each.default)
        if type(value) is not each.type or (each.type is int and value < 1):
            raise ValueError(f"{each.name} cannot be {value!r}")
    return Capacity(**given)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{value!r} is no price")
    return float(value)
