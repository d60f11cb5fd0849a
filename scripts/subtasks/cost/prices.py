"""The price table: what tokens cost and what models accept, at a date (config/prices.yaml)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from subtasks.cost.capacity import Capacity
from subtasks.errors import Problem
from subtasks.wording import first_line, one_line, shorten

T = TypeVar("T")

MILLION = 1_000_000

TABLE_KEYS = frozenset(("date", "models", "batch", "cache_write", "cache_read"))
PRICE_KEYS = frozenset(("input", "output"))
CAPACITY_KEYS = frozenset(each.name for each in fields(Capacity))

MAX_BYTES = 1 << 20
MAX_PRICE = 1e6  # US dollars per million tokens
MAX_FACTOR = 100.0
MAX_CAPACITY = 10**9

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
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise _Invalid(f"it is larger than {MAX_BYTES >> 20} MB")
        return _table(_load(data.decode("utf-8-sig")))
    except FileNotFoundError:
        raise Problem(f"config: claude.prices is {path}, but there is no such file") from None
    except OSError as error:
        raise Problem(f"the price table {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise Problem(f"the price table {path} must be UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        why = one_line(str(getattr(error, "problem", "") or "not YAML"))
        raise Problem(f"the price table {path} is invalid ({where}{why})") from None
    except (_Invalid, RecursionError, ValueError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else first_line(error)
        raise Problem(f"the price table {path} is invalid ({why})") from None


class _Invalid(Exception):
    """Why a price table cannot be used, as a clause."""


def _load(text: str) -> Any:
    """Load YAML whose mappings name no key twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            lines: dict[str, int] = {}
            for key, _ in node.value:
                line = key.start_mark.line + 1
                if isinstance(key, yaml.ScalarNode) and lines.setdefault(key.value, line) != line:
                    raise _Invalid(f"line {line}: {shorten(key.value)} is there twice")
            mapping: dict[Any, Any] = super().construct_mapping(node, deep)
            return mapping

    # SafeLoader makes nothing but plain values.
    return yaml.load(text, Loader)


def _table(table: Any) -> Prices:
    _check_keys("it", table, TABLE_KEYS, required=TABLE_KEYS)
    models = table["models"]
    if not isinstance(models, dict):
        raise _Invalid("models must map the names of models to their prices")
    for name, model in models.items():
        if not isinstance(name, str | int | float):
            raise _Invalid(f"models: {_shown(name)} is no name of a model")
        _check_keys(
            f"the model {shorten(str(name))}",
            model,
            PRICE_KEYS | CAPACITY_KEYS,
            required=PRICE_KEYS if isinstance(model, dict) and PRICE_KEYS & model.keys() else (),
        )
    if isinstance(table["date"], dict | list | None):
        raise _Invalid("date must be a date")
    return Prices(
        date=one_line(str(table["date"])),
        models={
            str(name): (
                _number(f"input of {name}", model["input"], MAX_PRICE),
                _number(f"output of {name}", model["output"], MAX_PRICE),
            )
            for name, model in models.items()
            if PRICE_KEYS & model.keys()
        },
        batch=_number("batch", table["batch"], MAX_FACTOR),
        cache_write=_number("cache_write", table["cache_write"], MAX_FACTOR),
        cache_read=_number("cache_read", table["cache_read"], MAX_FACTOR),
        capacities={str(name): _capacity(name, model) for name, model in models.items()},
    )


def _check_keys(
    place: str, value: Any, known: Collection[str], *, required: Collection[str]
) -> None:
    if not isinstance(value, dict):
        raise _Invalid(f"{place} must have the keys {', '.join(sorted(known))}")
    for key in value:
        if key not in known:
            raise _Invalid(f"unknown key {_shown(key)} in {place}")
    for key in sorted(required):
        if key not in value:
            raise _Invalid(f"{place} lacks {key}")


def _capacity(name: Any, model: Mapping[str, Any]) -> Capacity:
    given = {key: value for key, value in model.items() if key not in PRICE_KEYS}
    for each in fields(Capacity):
        value = given.get(each.name, each.default)
        if type(value) is not each.type or (each.type is int and not 1 <= value <= MAX_CAPACITY):
            kind = "true or false" if each.type is bool else f"a number from 1 to {MAX_CAPACITY:,}"
            raise _Invalid(f"{each.name} of {name} must be {kind}, not {_shown(value)}")
    return Capacity(**given)


def _number(name: str, value: Any, most: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and 0 <= value <= most):  # not true of NaN
        raise _Invalid(f"{name} must be a number from 0 to {most:,.0f}, not {_shown(value)}")
    return float(value)


def _shown(value: Any) -> str:
    """Show a value; of a container only what it is, since a small file can make it endless."""
    if isinstance(value, dict | list | tuple | set):
        return f"a {type(value).__name__}"
    try:
        return shorten(value)
    except ValueError:  # more digits than Python writes
        return "a number that is too long"
