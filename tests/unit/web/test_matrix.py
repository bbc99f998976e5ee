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
    found = cell(matrix.company(real_service.knowledge), "MAO inhibitor", "Amitriptyline")
    assert found is not None
    assert found.level == "critical"


def test_a_pair_that_nothing_speaks_of_is_empty(real_service: Service) -> None:
    assert cell(matrix.conditions(real_service.knowledge), "psychosis", "Pregabalin") is None


def test_a_drug_shows_what_other_files_say_of_it_alone(real_service: Service) -> None:
    found = cell(matrix.conditions(real_service.knowledge), "raised ocular pressure", "Amitriptyline")
    assert found is not None
    assert (found.level, found.statements) == ("critical", ("amitriptyline-ketamine.glaucoma",))


def test_what_speaks_only_of_the_combination_stays_with_it(real_service: Service) -> None:
    found = cell(matrix.conditions(real_service.knowledge), "pregnancy", "Amitriptyline")
    assert found is not None
    assert "amitriptyline-ketamine.pregnancy" not in found.statements


def test_rows_have_the_names_of_the_terminology(real_service: Service) -> None:
    names = real_service.terminology.names
    found = matrix.company(real_service.knowledge, lambda slug: names[slug].name)
    assert "MAO inhibitors" in dict(found.rows)
