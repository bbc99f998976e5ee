"""What is written into pages is escaped, also where it is written another way for its size."""

from __future__ import annotations

import pytest

from cds.web.render import LONGEST_JSON, json_shown, per_day


def test_json_keeps_its_quotes_and_nothing_in_it_becomes_markup() -> None:
    assert json_shown('{"a": "</pre><script>&amp;"}') == '{"a": "&lt;/pre&gt;&lt;script&gt;&amp;amp;"}'


def test_long_json_is_cut_between_lines_and_says_so() -> None:
    text = "\n".join(["x" * 99] * (LONGEST_JSON // 50))
    shown = json_shown(text)
    assert len(shown) < LONGEST_JSON + 20
    assert shown.endswith(f"{'x' * 99}\n… cut here")


@pytest.mark.parametrize(
    ("text", "shown"), [("150 mg/d", "150 mg/day"), ("2 mg/kg/d", "2 mg/kg/day"), ("1 mg/dL", "1 mg/dL")]
)
def test_a_daily_figure_is_written_out(text: str, shown: str) -> None:
    assert per_day(text) == shown
