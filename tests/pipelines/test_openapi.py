"""The OpenAPI document: a 3.1 one, of the model's own types, with every route of the server and no other."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from contract_check import CONTRACT
from ground import Ground

from reviewer.gate.access import Caller
from reviewer.gate.api import application
from reviewer.text import Untrusted


def test_every_route_is_described_and_every_description_is_a_route(bare: Ground) -> None:
    app = application(bare.gate, lambda _request: Caller(Untrusted("ann"), "owner"))
    routes = {(m, route.path) for route in app.routes for m in route.methods - {"HEAD"}}  # type: ignore[attr-defined]
    described = {(m.upper(), path) for path, methods in CONTRACT["paths"].items() for m in methods}
    assert routes == described


def test_its_schemas_are_the_model() -> None:
    place = Path(__file__).parent.parent / "gate" / "contract.py"
    spec = importlib.util.spec_from_file_location("contract", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    derived = module.schemas()
    assert {name: CONTRACT["components"]["schemas"].get(name) for name in derived} == derived


def test_it_is_whole() -> None:
    assert CONTRACT["openapi"].startswith("3.1.")
    for target in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(CONTRACT)):
        found: Any = CONTRACT
        for part in target.split("/"):
            found = found[part]
    operations = [op for methods in CONTRACT["paths"].values() for op in methods.values()]
    assert len({op["operationId"] for op in operations}) == len(operations)
    for path, methods in CONTRACT["paths"].items():
        for op in methods.values():
            named = {p["name"] for p in op.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))
            assert {"401", "429", "503"} <= set(op["responses"])
