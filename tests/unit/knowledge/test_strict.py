import time

import pytest
import yaml

from cds.knowledge import strict
from cds.knowledge.strict import Mapping, Scalar, Sequence, parse


def values(text: str) -> dict[str, str]:
    node, faults = parse(text.encode(), "file.yaml")
    assert faults == []
    assert isinstance(node, Mapping)
    return {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)}


@pytest.mark.parametrize("written", ["06017", "NO", "yes", "1e3", "0.10", "~", "null", "2025-11-13", "0x1F", "1:30"])
def test_every_scalar_stays_the_text_that_is_written(written: str) -> None:
    assert values(f"code: {written}\n") == {"code": written}


def test_nodes_know_their_line_and_column() -> None:
    node, _ = parse(b"a: 1\nb:\n  - x\n  - {c: y}\n", "f")
    assert isinstance(node, Mapping)
    listing = node.get("b")
    assert isinstance(listing, Sequence)
    assert (listing.line, listing.column) == (3, 3)
    inner = listing.items[1]
    assert isinstance(inner, Mapping)
    assert inner.get("c") == Scalar("y", 4, 9)
    assert inner.get("d") is None


def test_a_byte_order_mark_of_a_windows_editor_is_no_fault() -> None:
    assert parse("\ufeffa: 1\r\nb: 2\r\n".encode(), "f")[1] == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (b"a: 1\na: 2\n", 2, "the key 'a' stands here a second time (first on line 1)"),
        (b"a: &x 1\n", 1, "'&x' names a place to refer to"),
        (b"a: *x\n", 1, "'*x' refers to another place"),
        (b"a: !!int 2\n", 1, "is a YAML tag"),
        (b"a: !own [1]\n", 1, "'!own' is a YAML tag"),
        (b"<<: {c: 1}\n", 1, "'<<' merges another map"),
        (b"a: 1\n---\nb: 1\n", 2, "a second document begins here"),
        (b"? [a]\n: b\n", 1, "a key must be a word"),
        (b"a:\n\tb: 1\n", 2, "a tab: indent with spaces"),
        (b"a: x\x07\n", 1, "a control character (U+0007)"),
        ("a: 1\u2028b: 2\n".encode(), 1, "a control character (U+2028)"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"", 0, "the file is empty"),
        (b"# only a remark\n", 0, "the file is empty"),
        (b"a: b: c\n", 1, "a colon followed by a space inside a text"),
        (b"a: [1\nb: 2\n", 2, "is not closed"),
        (b"a: '1\n", 2, "a quote is not closed"),
        (b"a: %x\n", 1, "this character cannot begin a text"),
        (b"a: 1\n- b\n", 2, "the indentation does not fit"),
        (b"%YAML 9.9\n---\na: 1\n", 1, "cannot be read: "),
        (b"[" * 60 + b"]" * 60, 1, "nested more than 40 deep"),
    ],
)
def test_what_would_be_misread_is_refused_with_its_line(text: bytes, line: int, words: str) -> None:
    _, faults = parse(text, "f.yaml")
    assert [fault.line for fault in faults if words in fault.message] == [line], faults
    assert all(fault.path == "f.yaml" for fault in faults)


def test_all_faults_of_a_file_are_reported_in_one_run() -> None:
    _, faults = parse(b"a: 1\na: 2\nb: &x 1\nc: *x\nd: !!int 4\n<<: {e: 1}\n", "f")
    assert [fault.line for fault in faults] == [2, 3, 4, 5, 6]


def test_pure_python_reads_the_same_where_the_fast_parser_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"a: 06017\nb: [x, {c: y}]\nd: >-\n  folded\n  text\n"
    fast = parse(text, "f")
    monkeypatch.setattr(strict, "_LOADER", yaml.SafeLoader)
    assert parse(text, "f") == fast


@pytest.mark.bench
def test_five_thousand_lines_are_read_in_under_a_third_of_a_second() -> None:
    one = "  - id: a.s{n}\n    kind: dose\n    says: >-\n      Words.\n    applies:\n      route: [oral]\n"
    text = "drug: a\nstatements:\n" + "".join(one.format(n=n) for n in range(834))
    assert text.count("\n") > 5000
    start = time.perf_counter()
    _, faults = parse(text.encode(), "f")
    assert faults == []
    assert time.perf_counter() - start < 0.3
