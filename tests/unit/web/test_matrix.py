"""The matrix tells how loudly each pair is spoken of, and never of what must not hold."""

from __future__ import annotations

from cds.service import Service
from cds.web import matrix


def cell(found: matrix.Matrix, row: str, column: str) -> matrix.Cell | None:
    return dict(found.rows)[row][found.columns.index(column)]


def test_a_condition_is_told_at_its_loudest_level_with_its_statement(real_service: Service) -> None:
    found = cell(matrix.conditions(real_service.knowledge), "pregnancy", "Ketamine")
    assert found is not None
    assert found.level == "critical"
    assert found.statements[0] == "ketamine.pregnancy"


def test_classes_taken_as_well_are_told(real_service: Service) -> None:
    found = cell(matrix.company(real_service.knowledge), "any MAO inhibitor", "Amitriptyline")
    assert found is not None
    assert found.level == "critical"


def test_a_pair_that_nothing_speaks_of_is_empty(real_service: Service) -> None:
    assert cell(matrix.conditions(real_service.knowledge), "psychosis", "Pregabalin") is None
