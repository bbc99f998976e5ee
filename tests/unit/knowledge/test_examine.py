import pytest

from cds.errors import KnowledgeError
from cds.knowledge.examine import knowledge_of
from cds.knowledge.load import load
from tests.unit.knowledge.made_up import MadeUp


def test_what_is_retired_stays_in_its_file_and_out_of_the_knowledge(made: MadeUp) -> None:
    made.edit("{author: A. Author, status: draft}", "{author: A. Author, status: retired}")
    reading = made.examine()
    assert reading.faults == []
    assert len(reading.statements) == 3
    assert knowledge_of(reading, "v").statements == {}


def test_a_file_that_is_still_being_written_is_checked_and_left_out(whole: MadeUp) -> None:
    text = whole.text("drugs/examplin.yaml").replace("examplin", "othermab").replace("status: draft", "status: writing")
    whole.write("drugs/othermab.yaml", text.replace("below", "lowly"))
    assert any(fault.path == "knowledge/drugs/othermab.yaml" for fault in whole.examine().faults)
    knowledge, _ = load(whole.folder)
    assert {name.partition(".")[0] for name in knowledge.statements} == {"examplin"}
    whole.edit("status: writing", "status: draft", "drugs/othermab.yaml")
    with pytest.raises(KnowledgeError):
        load(whole.folder)


def test_an_id_of_a_retired_file_is_not_used_again(made: MadeUp) -> None:
    made.edit("{author: A. Author, status: draft}", "{author: A. Author, status: retired}")
    text = (
        made.text("drugs/examplin.yaml")
        .replace("drug: examplin", "drug: othermab")
        .replace("status: retired", "status: draft")
    )
    made.write("drugs/othermab.yaml", text)
    assert any("the id 'examplin.top' is already used in drugs/examplin.yaml:13" in fault for fault in made.faults())


def test_codes_that_look_like_numbers_or_truth_values_stay_text(made: MadeUp) -> None:
    made.edit("says: Used for hiccups.", "says: Code 06017 and NO.")
    assert made.examine().statements[0].says == "Code 06017 and NO."
    made.edit("says: Code 06017 and NO.", "says: NO")
    assert made.examine().statements[0].says == "NO"


def test_files_that_change_while_they_are_read_are_not_loaded(whole: MadeUp, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter(("before", "after"))
    monkeypatch.setattr("cds.knowledge.load.content_version", lambda *_: next(seen))
    with pytest.raises(KnowledgeError, match="changed while they were read"):
        load(whole.folder)
