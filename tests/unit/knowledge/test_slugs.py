from pathlib import Path

from cds.knowledge.slugs import known_slugs
from cds.knowledge.vocabulary import Vocabulary
from tests.unit.knowledge.made_up import MadeUp


def test_slugs_come_from_the_terminology_files(made: MadeUp) -> None:
    assert known_slugs(made.folder) == Vocabulary(
        ingredients=frozenset({"examplin", "othermab"}),
        classes=frozenset({"tranquilliser"}),
        conditions=frozenset({"hiccups"}),
        uses=frozenset({"hiccup-relief", "pain"}),
        services=frozenset({"ecg"}),
    )


def test_an_empty_folder_leaves_every_sort_unjudged(tmp_path: Path) -> None:
    assert known_slugs(tmp_path) == Vocabulary()


def test_files_that_cannot_be_read_leave_their_sort_unjudged(made: MadeUp) -> None:
    (made.folder / "terminology/ingredients.csv").write_bytes(b"slug\n\xff\n")
    made.write("terminology/uses.yaml", "uses: [\n")
    made.write("terminology/services.yaml", "services:\n  - ecg\n")
    found = known_slugs(made.folder)
    assert (found.ingredients, found.uses, found.services) == (None, None, None)
