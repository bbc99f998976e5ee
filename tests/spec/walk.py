"""Looking through a whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAY_BE_EMPTY = ("$.cards", "$.services")


def empties(value: Any, path: str = "$") -> Iterator[str]:
    """Every place that holds null, "", [] or {} and may not."""
    if value in (None, "", [], {}) and value is not False and path not in MAY_BE_EMPTY:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from empties(item, f"{path}.{key}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from empties(item, f"{path}[{number}]")


def assert_outcome(response: Any, status: int, where: str = "") -> dict[str, Any]:
    """The answer is an OperationOutcome with this status, and names this place in the request."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert body["resourceType"] == "OperationOutcome"
    assert list(empties(body)) == []
    (issue,) = body["issue"]
    assert issue["severity"] in ("fatal", "error", "warning", "information")
    assert issue["code"]
    assert issue["details"]["text"]
    assert issue.get("expression", [""]) == [where]
    return body
