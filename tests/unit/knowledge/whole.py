"""A folder with the terminology of this tree and one more drug, from a document that was made up."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.unit.knowledge.made_up import MadeUp, make

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"


def make_whole(root: Path) -> MadeUp:
    """The made-up folder with this tree's tables instead of its own few slugs; its drugs are added to them."""
    made = make(root)
    for name in ("terminology", "classes", "conditions"):
        shutil.rmtree(made.folder / name)
        shutil.copytree(KNOWLEDGE / name, made.folder / name)
    with (made.folder / "terminology/ingredients.csv").open("a", encoding="utf-8") as table:
        columns = (KNOWLEDGE / "terminology/ingredients.csv").read_text("utf-8").split("\n")[0].count(",") - 1
        table.writelines(f"{name.lower()},{name}{',' * columns}\n" for name in ("Examplin", "Othermab"))
    return made
