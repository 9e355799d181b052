"""Documents in JSON and YAML, and what is none."""

from __future__ import annotations

import pytest

from loadcell.errors import UsageError
from loadcell.scaffold.parsing import parse

YAML = """
openapi: 3.0.3
info: {title: Shop}
paths:
  /countries:
    get:
      parameters:
        - {name: code, in: query, schema: {type: string, enum: [NO, SE]}, example: NO}
        - {name: day, in: query, example: 2026-01-31, schema: {type: string, nullable: true}}
      responses:
        200: {description: on}
"""


def test_yaml_means_what_json_would() -> None:
    operation = parse(YAML, "spec.yaml")["paths"]["/countries"]["get"]
    assert operation["responses"] == {"200": {"description": "on"}}
    code, day = operation["parameters"]
    assert (code["example"], code["schema"]["enum"]) == ("NO", ["NO", "SE"])
    assert (day["example"], day["schema"]["nullable"]) == ("2026-01-31", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE html><html>", "it is a web page, not a specification"),
        ("  <html lang=en>", "it is a web page, not a specification"),
        ('{"openapi": "3.1.0", ', "it is broken JSON"),
        ("openapi: [3", "it is neither JSON nor YAML"),
        ("!!python/object:os.system {}", "it is neither JSON nor YAML"),
        ("[]", "it is not a specification: it holds a list"),
        ("", "it is not a specification: it holds nothing"),
        ("just words", "it is not a specification: it holds only text"),
        ("{}", "it is not a specification: it has no key 'openapi'"),
        ('{"swagger": "2.0"}', "it is Swagger 2.0; OpenAPI 3.0 and 3.1 are understood"),
        ('{"openapi": "4.0.0"}', "it is OpenAPI 4.0.0; 3.0 and 3.1 are understood"),
        ('{"openapi": "3.1.0", "paths": {}}', "it describes no paths"),
        ('{"openapi": "3.1.0", "paths": []}', "it describes no paths"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_specification(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse(text, "it")
    assert caught.value.hint
