"""Error responses with the body and the status that the API gives them."""

import traceback
from dataclasses import dataclass, field
from typing import Any

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}


@dataclass
class ApiError(Exception):
    """An error response; its `type` determines the HTTP status."""

    type: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return STATUS[self.type]

    def body(self, request_id: str | None) -> dict[str, Any]:
        return {
            "type": "error",
            "error": {"type": self.type, "message": self.message},
            "request_id": request_id,
        }


def invalid(message: str) -> ApiError:
    """Return the error for an invalid request."""
    return ApiError("invalid_request_error", message)


def as_api_error(error: Exception) -> ApiError:
    """Return an `ApiError` as it is, and any other exception as a bug that no client retries."""
    if isinstance(error, ApiError):
        return error
    traceback.print_exception(error)
    return invalid(f"this test server is broken: {error!r}")


def not_found(message: str) -> ApiError:
    """Return the error for a model, batch or path that does not exist."""
    return ApiError("not_found_error", message)
