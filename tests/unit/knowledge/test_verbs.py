import pytest

from cds.errors import KnowledgeError
from cds.knowledge import verbs
from cds.knowledge.load import load
from cds.knowledge.monograph import Case
from tests.unit.knowledge.made_up import MadeUp


def test_check_counts_what_it_checked_and_names_drafts(whole: MadeUp) -> None:
    text, code = verbs.check(whole.folder, whole.documents)
    assert code == 0, text
    first, last = text.split("\n")
    assert first == "drugs/examplin.yaml: draft, not yet checked by a second person"
    assert last.startswith("1 files, 3 statements (2 can speak), 21 rules: no fault. Version ")


def test_check_finds_a_printed_figure_that_no_cited_line_bears_out(whole: MadeUp) -> None:
    whole.edit("close to {limit}", "close to {limit}, 80 mg/day, twice a day")
    whole.edit("Lower the dose.", "Lower the dose below 90 mg/day.")
    whole.edit("Choose one of them.", "Choose 1 of them, below 75 mg/day.")
    whole.edit("outside: The level is ours.\n    yields", "outside: Of 1 and 75 mg/day we are sure.\n    yields")
    text, code = verbs.check(whole.folder, whole.documents)
    assert code == 1
    end = "on the card stands neither on the cited lines nor under 'outside'"
    file = "knowledge/drugs/examplin.yaml"
    assert text.split("\n")[:-1] == [
        f"{file}:{whole.line('90 mg/day')}: '90 mg/d' {end}",
        f"{file}:{whole.line('80 mg/day')}: '80 mg/d' {end}",
    ]


def test_check_without_documents_says_what_it_could_not_compare(whole: MadeUp) -> None:
    text, code = verbs.check(whole.folder)
    assert code == 0
    assert text.endswith("Citations were not compared with the documents: name their folder with --documents.")


def test_check_lists_every_fault_and_counts_them(whole: MadeUp) -> None:
    whole.edit("Up to 75 mg", "Up to 76 mg")
    text, code = verbs.check(whole.folder, whole.documents)
    assert code == 1
    assert text.endswith("\n1 fault")
    whole.edit("    carries: [HI-001]\n", "")
    text, code = verbs.check(whole.folder, whole.documents)
    assert (text.count("\n"), code) == (2, 1)
    assert text.endswith("\n2 faults")


def test_check_includes_the_terminology(whole: MadeUp) -> None:
    whole.write("terminology/uses.yaml", "uses: [\n")
    text, code = verbs.check(whole.folder)
    assert code == 1
    assert "knowledge/terminology/uses.yaml:" in text


def test_a_checked_file_is_no_longer_named_as_waiting(whole: MadeUp) -> None:
    whole.edit("status: draft}", "checker: B. Checker, status: draft}")
    text, _ = verbs.check(whole.folder)
    assert "not yet checked" not in text


def test_coverage_fails_while_a_line_is_unread(made: MadeUp) -> None:
    text, code = verbs.coverage(made.folder, made.documents)
    assert code == 1
    assert text.startswith("hiccups:5: unread\n4 of 4 carried or accounted for; 7 lines")
    made.edit('lines: "3"', 'lines: "3,5"')
    text, code = verbs.coverage(made.folder, made.documents)
    assert code == 0
    assert text.endswith("5 cited, 1 headings/navigation, 1 blank, 0 unread")


def test_coverage_can_list_every_line(made: MadeUp) -> None:
    text, _ = verbs.coverage(made.folder, made.documents, every_line=True)
    assert "hiccups:4: examplin.top\n" in text


def test_coverage_of_a_document_that_changed_fails(made: MadeUp) -> None:
    made.edit('lines: "3"', 'lines: "3,5"')
    (made.documents / "hiccups.txt").write_text("Other words.\n", "utf-8")
    text, code = verbs.coverage(made.folder, made.documents)
    assert code == 1
    assert "knowledge/sources/hiccups.yaml:1: hiccups.txt is not the document that was read" in text


def test_show_prints_one_drug(made: MadeUp) -> None:
    text, code = verbs.show(made.folder, "examplin", {"examplin.top": (Case("76 mg is too much", True),)})
    assert code == 0
    assert text.startswith("Examplin\n========\n")
    assert "\u2713    76 mg is too much" in text


def test_show_puts_faults_of_the_file_in_front(made: MadeUp) -> None:
    made.edit("kind: indication", "kind: wish")
    text, code = verbs.show(made.folder, "examplin")
    assert code == 1
    assert text.split("\n")[0].startswith("knowledge/drugs/examplin.yaml:7: 'wish' is not a kind of statement")
    assert "Examplin\n========\n" in text


def test_show_of_a_drug_without_a_file_names_those_there_are(made: MadeUp) -> None:
    text, code = verbs.show(made.folder, "exampln")
    assert code == 1
    assert text == "There is no file on 'exampln'; did you mean 'examplin'? Files: examplin."
    assert verbs.show(made.folder, "zzz")[0] == "There is no file on 'zzz'. Files: examplin."


def test_new_writes_a_template_that_already_reads(whole: MadeUp) -> None:
    text, code = verbs.new(whole.folder, "othermab")
    assert code == 0
    assert text.startswith(f"Wrote {whole.folder}/drugs/othermab.yaml. The service leaves it out while ")
    load(whole.folder)
    whole.edit("status: writing}", "status: draft}", "drugs/othermab.yaml")
    with pytest.raises(KnowledgeError) as caught:
        load(whole.folder)
    # What is left to fill in is the source; everything else of the template is well formed.
    assert {fault.message for fault in caught.value.faults} == {
        "'name-of-the-source' is not a source (knowledge/sources); use hiccups"
    }
    whole.edit("name-of-the-source", "hiccups", "drugs/othermab.yaml")
    knowledge, _ = load(whole.folder)
    assert knowledge.statements["othermab.highest"].fires


def test_new_never_writes_over_a_file(made: MadeUp) -> None:
    before = made.text("drugs/examplin.yaml")
    assert verbs.new(made.folder, "examplin") == ("knowledge/drugs/examplin.yaml is already there.", 1)
    assert made.text("drugs/examplin.yaml") == before


@pytest.mark.parametrize("name", ["Examplin", "../examplin", "a b", "", "a/b", "a_b"])
def test_new_takes_only_a_name_for_a_file(made: MadeUp, name: str) -> None:
    text, code = verbs.new(made.folder, name)
    assert code == 1
    assert "is not a name for a file" in text
