"""A request full of marks that must be found nowhere afterwards, and how to put one in any place of a request."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.bodies import found, order, order_sign, patient

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NAME = "Zyxwvsentinel"
NUMBER = "MRN-9182736455-sentinel"
TOKEN = "TOK-77aa-sentinel"
NOTE = "the patients own words, sentinel"
MARKS = (NAME, NUMBER, TOKEN, NOTE, "1933-03-03")


def marked() -> Any:
    """A request that holds the marks wherever a request can hold a text."""
    who = patient(
        id=NUMBER, name=[{"family": f'{NAME}\n{{"level":"info"}}\x1b[31m', "given": [NAME]}], birthDate="1933-03-03",
        identifier=[{"value": NUMBER}],
    )  # fmt: skip
    drug = {"coding": [{"system": RXNORM, "code": "6130"}], "text": NAME}
    one = order(
        subject={"reference": f"Patient/{NUMBER}", "display": NAME}, medicationCodeableConcept=drug,
        dosageInstruction=[{"text": NOTE, "patientInstruction": NOTE}], note=[{"text": NOTE}],
    )  # fmt: skip
    allergy = {
        "resourceType": "AllergyIntolerance", "id": NUMBER, "patient": {"reference": f"Patient/{NUMBER}"},
        "code": {"text": NAME}, "note": [{"text": NOTE}],
    }  # fmt: skip
    body = order_sign(one, prefetch={"patient": who, "allergies": found(allergy), NUMBER: {"resourceType": NAME}})
    body["context"] |= {"patientId": NUMBER, "encounterId": NUMBER, "userId": f"Practitioner/{NUMBER}"}
    grant = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 9, "scope": TOKEN, "subject": NUMBER}
    return body | {"fhirServer": f"https://{NUMBER}.example.org/fhir", "fhirAuthorization": grant}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    elif isinstance(value, str):
        yield path


def put(body: Any, path: tuple[str | int, ...], value: str) -> Any:
    changed = copy.deepcopy(body)
    here = changed
    for name in path[:-1]:
        here = here[name]
    here[path[-1]] = value
    return changed
