"""Rules on how the files hang together: ids, conflicts, and the inventory of what the documents assert."""

from __future__ import annotations

from collections.abc import Iterator

from cds.errors import Fault
from cds.knowledge.fields import nearest
from cds.knowledge.gather import Reading
from cds.knowledge.model import Statement


def _at(reading: Reading, statement: Statement, part: str, message: str) -> Fault:
    return Fault(statement.file, reading.places.of(statement, part), message)


def something(reading: Reading) -> Iterator[Fault]:
    """An empty folder is a mistake in a path, never knowledge."""
    if not reading.drugs and not any(fault.path.startswith(("drugs/", "combinations/")) for fault in reading.faults):
        yield Fault("drugs", 0, "there is no drug file here")
    if not reading.sources and not any(fault.path.startswith("sources/") for fault in reading.faults):
        yield Fault("sources", 0, "there is no source file here")


def unique_ids(reading: Reading) -> Iterator[Fault]:
    """An id names one statement, in all files."""
    first: dict[str, Statement] = {}
    for statement in reading.statements:
        if not statement.id:
            continue
        other = first.setdefault(statement.id, statement)
        if other is not statement:
            message = f"the id '{statement.id}' is already used in {other.file}:{other.line}"
            yield Fault(statement.file, statement.line, message)


def ids_begin_with_file(reading: Reading) -> Iterator[Fault]:
    """An id says where its statement stands."""
    for drug in reading.drugs:
        for statement in drug.statements:
            if drug.id and statement.id and not statement.id.startswith(f"{drug.id}."):
                yield _at(reading, statement, "id", f"the id '{statement.id}' should begin with '{drug.id}.'")


def yields_to(reading: Reading) -> Iterator[Fault]:
    """What silences a statement exists, fires, and is not itself."""
    known = {statement.id: statement for statement in reading.statements}
    for statement in reading.statements:
        for name in statement.yields_to:
            other, part = known.get(name), f"yields-to:{name}"
            if other is None:
                yield _at(reading, statement, part, f"there is no statement '{name}'{nearest(name, known)}")
            elif other is statement:
                yield _at(reading, statement, part, "a statement cannot yield to itself")
            elif not other.fires:
                yield _at(reading, statement, part, f"'{name}' never fires, so nothing can yield to it")


def conflicts(reading: Reading) -> Iterator[Fault]:
    """Each side names the other, so that neither can be changed alone."""
    known = {statement.id: statement for statement in reading.statements}
    for name, conflict in reading.conflicts.items():
        line = reading.lines.get(("conflicts.yaml", name), 0)
        for between in conflict.between:
            if between not in known:
                message = f"{name}: there is no statement '{between}'{nearest(between, known)}"
                yield Fault("conflicts.yaml", line, message)
            elif name not in known[between].conflicts:
                message = f"{name} names '{between}', which does not list {name} under conflicts"
                yield Fault("conflicts.yaml", line, message)
    for statement in reading.statements:
        for name in statement.conflicts:
            if name not in reading.conflicts:
                message = f"there is no conflict '{name}'{nearest(name, reading.conflicts)}"
                yield _at(reading, statement, f"conflicts:{name}", message)
            elif statement.id not in reading.conflicts[name].between:
                message = f"the conflict {name} does not name this statement under between"
                yield _at(reading, statement, f"conflicts:{name}", message)


def inventory_ids(reading: Reading) -> Iterator[Fault]:
    """What is carried, or said not to be, is in the inventory, and not both."""
    if not reading.inventory:
        return
    for statement in reading.statements:
        for name in statement.inventory:
            part = f"carries:{name}"
            if name not in reading.inventory:
                yield _at(
                    reading, statement, part, f"'{name}' is not in the inventory{nearest(name, reading.inventory)}"
                )
            elif name in reading.not_carried:
                yield _at(reading, statement, part, f"'{name}' is carried here and stands in not-carried.yaml")
    for name in reading.not_carried:
        if name not in reading.inventory:
            line = reading.lines.get(("not-carried.yaml", name), 0)
            yield Fault("not-carried.yaml", line, f"'{name}' is not in the inventory")


def complete(reading: Reading) -> Iterator[Fault]:
    """Nothing a reader found is left out unseen."""
    carried = {name for statement in reading.statements for name in statement.inventory}
    for name, item in reading.inventory.items():
        if name not in carried and name not in reading.not_carried:
            lines = ", ".join(map(str, item.lines))
            message = f"{name} ({item.kind}, {item.source} lines {lines}) is neither carried nor accounted for"
            yield Fault("inventory.csv", 0, message)


def restatements(reading: Reading) -> Iterator[Fault]:
    """Where a document says a thing several times, all places are cited."""
    cites: dict[str, set[tuple[str, int]]] = {}
    carriers: dict[str, Statement] = {}
    for statement in reading.statements:
        lines = {(cite.source, line) for cite in statement.cites for line in cite.lines}
        for name in statement.inventory:
            cites.setdefault(name, set()).update(lines)
            carriers.setdefault(name, statement)
    for name, statement in carriers.items():
        item = reading.inventory.get(name)
        absent = [line for line in item.lines if (item.source, line) not in cites[name]] if item else []
        if item and absent:
            where = ", ".join(map(str, absent))
            message = f"{name} also stands on {item.source} line {where}, which is not cited"
            yield _at(reading, statement, f"carries:{name}", message)
