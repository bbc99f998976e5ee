"""A made-up release of RxNorm, written in the layout of the real one. Names and most codes are inventions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

Row = tuple[str, ...]


def conso(rxcui: str, tty: str, name: str, *, sab: str = "RXNORM", code: str = "", suppress: str = "N") -> Row:
    return (
        rxcui,
        "ENG",
        "",
        "",
        "",
        "",
        "",
        f"9{rxcui}",
        "",
        rxcui,
        "",
        sab,
        tty,
        code or rxcui,
        name,
        "0",
        suppress,
        "",
    )


def rel(subject: str, relation: str, target: str, *, sab: str = "RXNORM") -> Row:
    """``subject`` has the relation to ``target``: the release writes the target first."""
    return (target, "", "CUI", "RO", subject, "", "CUI", relation, "", "", sab, sab, "", "", "N", "")


def sat(rxcui: str, name: str, value: str, *, sab: str = "RXNORM", suppress: str = "N") -> Row:
    return (rxcui, "", "", f"9{rxcui}", "AUI", rxcui, "", "", name, sab, value, suppress, "")


def archive(rxcui: str, target: str, tty: str = "SCD") -> Row:
    return ("1", "", "an old name", "", "", "", rxcui, "N", "ENG", "", "", "", rxcui, "RXNORM", tty, target)


def retired(rxcui: str, target: str, cardinality: str = "1") -> Row:
    return (rxcui, "1", "2", cardinality, target)


def source(version: str) -> Row:
    return ("", "", version, "RXNORM", *[""] * 18, "Y", "", "")


# An ingredient and its capsule that the real release has: by these it is checked that relations are read right.
PAIR = [
    conso("187832", "IN", "pregabalin"),
    conso("483450", "SCD", "pregabalin 75 MG Oral Capsule"),
    conso("483449", "SCDC", "pregabalin 75 MG"),
    conso("316965", "DF", "Oral Capsule"),
]
PAIR_RELATIONS = [
    rel("483450", "consists_of", "483449"),
    rel("483449", "has_ingredient", "187832"),
    rel("483450", "has_dose_form", "316965"),
]

NAMES: list[Row] = [
    *PAIR,
    conso("1001", "IN", "zorvane"),
    conso("1002", "PIN", "zorvane maleate"),
    conso("1003", "IN", "quelline"),
    conso("1004", "MIN", "quelline / zorvane"),
    conso("1005", "BN", "Zorvanex"),
    conso("2001", "DF", "Oral Tablet"),
    conso("2002", "DF", "Injectable Solution"),
    conso("2003", "DF", "Pack"),
    conso("3001", "SCDC", "zorvane maleate 12.5 MG"),
    conso("3002", "SCDC", "quelline 50 MG/ML"),
    conso("3003", "SCDC", "quelline 5 MG"),
    conso("3004", "SCDC", "quelline 0.1 MG/HR"),
    conso("3005", "SCDC", "quelline 10 MG"),
    conso("3101", "SBDC", "zorvane maleate 12.5 MG [Zorvanex]"),
    conso("4001", "SCD", "zorvane maleate 12.5 MG Oral Tablet"),
    conso("4001", "SY", "zorvane 12.5 MG tablet"),
    conso("4002", "SCD", "quelline 50 MG/ML Injectable Solution"),
    conso("4003", "SCD", "quelline 5 MG / zorvane maleate 12.5 MG Oral Tablet"),
    conso("4004", "SCD", "10 ML quelline 50 MG/ML Injectable Solution"),
    conso("4005", "SCD", "quelline 10 MG Oral Tablet"),
    conso("4006", "SCD", "quelline 0.1 MG/HR Transdermal System"),
    conso("3006", "SCDC", "zorvane tartrate 12.5 MG"),
    conso("3007", "SCDC", "quelline of no figure"),
    conso("4007", "SCD", "zorvane maleate 12.5 MG / zorvane tartrate 12.5 MG Oral Tablet"),
    conso("4008", "SCD", "quelline of no figure Oral Tablet"),
    conso("4101", "SBD", "zorvane maleate 12.5 MG Oral Tablet [Zorvanex]"),
    conso("4201", "SCDF", "quelline Injectable Solution"),
    conso("4202", "SCDG", "quelline Injectable Product"),
    conso("5001", "GPCK", "{5 (quelline 5 MG Oral Tablet) / 10 (quelline 10 MG Oral Tablet) } Pack"),
    conso("5002", "SCD", "quelline 5 MG Oral Tablet"),
    conso("5003", "BPCK", "{5 (zorvane maleate 12.5 MG Oral Tablet [Zorvanex]) } Pack"),
    conso("6001", "SCD", "quelline 2.50 MG / zorvane maleate 4 MG Oral Tablet", suppress="O"),
    conso("6002", "SCD", "unheard 2 MG Oral Tablet", suppress="O"),
    conso("6003", "SCD", "an old name of it", suppress="O"),
    conso("6004", "SCD", "quelline 7 MG / zorvane maleate 4 MG Oral Tablet"),
    conso("1001", "IN", "zorvane", sab="ATC", code="X99ZZ01"),
    conso("4001", "DP", "Zorvanex tablets", sab="MTHSPL"),
]
RELATIONS: list[Row] = [
    *PAIR_RELATIONS,
    rel("1002", "form_of", "1001"),
    rel("1004", "has_part", "1001"),
    rel("1004", "has_part", "1003"),
    rel("1005", "tradename_of", "1001"),
    rel("3001", "has_ingredient", "1001"),
    rel("3001", "has_precise_ingredient", "1002"),
    rel("1001", "ingredient_of", "3001"),
    *(rel(component, "has_ingredient", "1003") for component in ("3002", "3003", "3004", "3005")),
    rel("3101", "tradename_of", "3001"),
    rel("4001", "consists_of", "3001"),
    rel("4001", "has_dose_form", "2001"),
    rel("4002", "consists_of", "3002"),
    rel("4002", "has_dose_form", "2002"),
    rel("4003", "consists_of", "3001"),
    rel("4003", "consists_of", "3003"),
    rel("4003", "has_ingredients", "1004"),
    rel("4003", "has_dose_form", "2001"),
    rel("4004", "quantified_form_of", "4002"),
    rel("4005", "consists_of", "3005"),
    rel("4005", "has_dose_form", "2001"),
    rel("4006", "consists_of", "3004"),
    rel("3006", "has_ingredient", "1001"),
    rel("3007", "has_ingredient", "1003"),
    rel("4007", "consists_of", "3001"),
    rel("4007", "consists_of", "3006"),
    rel("4007", "has_dose_form", "2001"),
    rel("4008", "consists_of", "3007"),
    rel("4008", "has_dose_form", "2001"),
    rel("4101", "consists_of", "3101"),
    rel("4101", "consists_of", "3001"),
    rel("4101", "tradename_of", "4001"),
    rel("4101", "has_ingredient", "1005"),
    rel("4101", "has_dose_form", "2001"),
    rel("4201", "has_ingredient", "1003"),
    rel("4202", "has_ingredient", "1003"),
    rel("5001", "contains", "5002"),
    rel("5001", "contains", "4005"),
    rel("5001", "has_dose_form", "2003"),
    rel("5002", "consists_of", "3003"),
    rel("5002", "has_dose_form", "2001"),
    rel("5003", "contains", "4101"),
    # One of its two components is nowhere described: what it holds is then not known.
    rel("6004", "consists_of", "3001"),
    rel("6004", "consists_of", "3999"),
    rel("4001", "consists_of", "3005", sab="MMSL"),
]
ATTRIBUTES: list[Row] = [
    sat("3001", "RXN_STRENGTH", "12.5 MG"),
    sat("3005", "RXN_STRENGTH", "11 MG"),
    sat("4008", "RXN_AVAILABLE_STRENGTH", "12.5 MG"),
    sat("4007", "RXN_AVAILABLE_STRENGTH", "12.5 MG / 12.5 MG"),
    sat("4001", "NDC", "00071101268"),
    sat("4002", "NDC", "0009-5190-01", sab="MTHSPL"),
    sat("4001", "NDC", "0009-5190-02", sab="MTHSPL"),
    sat("4002", "NDC", "00009519002"),
    sat("4001", "NDC", "0009519003", sab="VANDF"),
    sat("6001", "NDC", "12345678901", suppress="O"),
]
ARCHIVED: list[Row] = [
    archive("7001", "7002"),
    archive("7002", "4001"),
    archive("7003", "7004"),
    archive("7004", "7003"),
    archive("7005", "4001"),
    archive("7005", "4002"),
    archive("4001", "4002"),
]
RETIRED: list[Row] = [retired("7006", "4003"), retired("7007", "4001", "2"), retired("7008", "7008")]


def write(
    folder: Path,
    *,
    names: Sequence[Row] = NAMES,
    relations: Sequence[Row] = RELATIONS,
    attributes: Sequence[Row] = ATTRIBUTES,
    archived: Sequence[Row] = ARCHIVED,
    gone: Sequence[Row] = RETIRED,
    version: str = "RXNORM_25AA_251006F",
) -> Path:
    """Write a release into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "RXNCONSO": names,
        "RXNREL": relations,
        "RXNSAT": attributes,
        "RXNATOMARCHIVE": archived,
        "RXNCUI": gone,
        "RXNSAB": [source(version)] if version else [],
    }
    for name, rows in tables.items():
        lines(folder / f"{name}.RRF", rows)
    return folder


def lines(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines("|".join(row) + "|\n" for row in rows)
