"""What tokens cost: the dated table of config/prices.yaml."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from subtasks.problem import Problem

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens by model, and the factors for batches and the cache."""

    date: str
    models: Mapping[str, tuple[float, float]]
    batch: float
    cache_write: float
    cache_read: float

    def cost(self, model: str, usage: Mapping[str, int], *, batch: bool) -> float | None:
        """US dollars for an answer's `usage` as the API reports it; None without a price."""
        price = self._price(model)
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

    def _price(self, model: str) -> tuple[float, float] | None:
        """Price of a model; a dated or regional name has that of the model it begins with."""
        names = [name for name in self.models if name in model]
        return self.models[max(names, key=len)] if names else None


def read(path: Path) -> Prices:
    """Read a table of prices. Raises `Problem` for one that cannot be true."""
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        models = {
            str(name): (_number(price["input"]), _number(price["output"]))
            for name, price in table["models"].items()
        }
        return Prices(
            date=str(table["date"]),
            models=models,
            batch=_number(table["batch"]),
            cache_write=_number(table["cache_write"]),
            cache_read=_number(table["cache_read"]),
        )
    except FileNotFoundError:
        raise Problem(f"config: claude.prices is {path}, there is no such file") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Problem(f"the prices in {path} cannot be read ({error!r})") from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{value!r} is no price")
    return float(value)
