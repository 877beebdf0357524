"""The OpenAPI document: whole, served to anybody, and true."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.backend.refusal_tables import ROUTES
from tests.backend.test_refusals import handlers_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
PUBLIC_UNLISTED = {("GET", "/metrics"), ("GET", "/api/openapi.json")}


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield method.upper(), path, operation


async def test_it_names_every_route(document: dict[str, Any], app: Litestar) -> None:
    named = {(method, path) for method, path, _ in operations(document)}
    assert named == set(handlers_of(app)) - PUBLIC_UNLISTED
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Qudao"


async def test_every_operation_tells_its_security_and_its_problems(document: dict[str, Any]) -> None:
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    for method, path, operation in operations(document):
        public = ROUTES[method, path] is None
        assert operation["security"] == ([] if public else [{"bearer": []}, {"cookie": []}]), (method, path)
        for status in ("400", "404", "413", "422", "429", "500", "503"):
            content = operation["responses"][status]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        assert operation["summary"]


async def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)


async def test_references_lead_somewhere_inside(document: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = set(references(document))
    assert found
    for reference in found:
        node: Any = document
        assert reference.startswith("#/")
        for part in reference[2:].split("/"):
            node = node[part]
    assert "http://" not in json.dumps(document)
    assert "cdn" not in json.dumps(document)


async def test_a_problem_has_the_form_it_says(document: dict[str, Any], client: httpx.AsyncClient) -> None:
    schema = document["components"]["schemas"]["Problem"]
    body = (await client.get("/api/session")).json()
    assert set(schema["required"]) <= set(body) <= set(schema["properties"])
