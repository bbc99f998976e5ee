from cds.knowledge.cited import Document, copied, read_documents
from tests.unit.knowledge.made_up import DOCUMENT, MadeUp

TEXT = Document("hiccups", DOCUMENT, marked=True)


def test_lines_count_from_one_and_end_with_the_last_written() -> None:
    assert len(TEXT.lines) == 7
    assert TEXT.lines[0] == "All about examplin"
    assert Document("x", "a").lines == ("a",)
    assert Document("x", "").lines == ()


def test_reference_numbers_are_no_figures_where_the_source_says_so() -> None:
    assert [str(each) for each in TEXT.figures((4,))] == ["5 mg/d", "10 mg/d", "75 mg/d", "2", "3"]
    assert [str(each) for each in Document("hiccups", DOCUMENT).figures((4,))][-1] == "1"


def test_lines_past_the_end_hold_no_figures() -> None:
    assert TEXT.figures((0, 99)) == ()


def test_seven_words_in_a_row_may_agree_and_eight_may_not() -> None:
    assert list(copied("it MUST never be combined with othermab", TEXT)) == []
    found = list(copied("So it must never be combined, with othermab in any case.", TEXT))
    assert found == [("it must never be combined with othermab in", 6)]


def test_a_long_stretch_is_reported_once_for_each_eight_words() -> None:
    sentence = DOCUMENT.split("\n")[5]
    assert len(list(copied(sentence, TEXT))) == 2


def test_a_run_over_the_end_of_a_line_counts() -> None:
    assert list(copied("hiccups once more up to 75 mg/day and", Document("x", DOCUMENT))) == []
    assert list(copied("history of hiccups once more up to 75", Document("x", DOCUMENT)))


def test_a_document_that_changed_or_is_missing_is_a_fault(made: MadeUp) -> None:
    sources = made.examine().sources
    found, faults = read_documents(made.documents, sources)
    assert (list(found), faults) == (["hiccups"], [])
    (made.documents / "hiccups.txt").write_text(DOCUMENT + "More.\n", "utf-8")
    found, faults = read_documents(made.documents, sources)
    assert found == {}
    assert [str(each) for each in faults] == [
        "sources/hiccups.yaml:1: hiccups.txt is not the document that was read (SHA-256 differs)"
    ]
    (made.documents / "hiccups.txt").unlink()
    assert "the document hiccups.txt is not there" in str(read_documents(made.documents, sources)[1][0])
