"""The table of faults: what has to come out, and which tests show it. ``python -m tests.faults.table`` writes it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"

ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "FHIR server down": (
        "a card at once; left alone after five calls, then tried again",
        ("a_server_that_is_down_is_told_at_once_and_left_alone_after_five_calls",),
    ),
    "black hole": (
        "a card at the budget",
        (
            "a_black_hole_that_takes_no_connection_is_given_up_at_the_budget",
            "a_whole_service_answers_within_its_budget",
        ),
    ),
    "slow, silent, dripping, garbage, too large, of another patient": (
        "a card in time that names what was not read; what was read is used",
        (
            "every_fault_ends_in_time_with_a_card_that_says_what_was_not_read",
            "the_card_says_in_words_what_went_wrong",
            "one_part_that_fails_does_not_cost_the_others",
            "one_clients_slow_server_does_not_hold_up_another_clients_calls",
            "a_server_that_answers_leaves_nothing_unread_and_is_asked_once_for_each_part",
        ),
    ),
    "500, 503, 429": (
        "asked once more where there is time, as the server says when",
        (
            "a_busy_server_is_asked_once_more_as_soon_as_it_says",
            "a_server_that_has_no_time_or_says_no_is_not_asked_again",
        ),
    ),
    "401, 403": (
        "the card names the part of the record and never the token",
        ("the_card_says_in_words_what_went_wrong",),
    ),
    "a list with further pages": (
        "three pages, then said to be incomplete",
        ("a_list_without_end_is_followed_for_three_pages_and_then_said_to_be_incomplete",),
    ),
    "partial prefetch": (
        "absent: fetched or said; null or empty: nothing on record (each key: tests/spec/test_prefetch.py)",
        ("a_part_that_was_sent_as_null_or_empty_is_not_fetched",),
    ),
    "stale values": (
        "older than its limit: not used, and said",
        ("a_measured_value_that_is_too_old_is_not_used_and_that_is_said",),
    ),
    "connections used up": (
        "waiting counts toward the budget; other servers are answered",
        (
            "a_server_that_holds_a_hundred_connections_makes_nobody_wait_beyond_the_budget",
            "connections_are_used_again",
        ),
    ),
    "database locked": (
        "feedback 503 with Retry-After, hooks as ever, well again by itself",
        (
            "a_locked_database_makes_feedback_wait_a_second_and_hooks_not_at_all",
            "a_lock_on_postgresql_makes_feedback_wait_and_hooks_not",
        ),
    ),
    "disk full": (
        "the same; nothing kept before is lost",
        (
            "a_full_disk_refuses_feedback_keeps_what_was_kept_and_recovers_by_itself",
            "a_full_postgresql_refuses_feedback_keeps_what_was_kept_and_recovers_by_itself",
        ),
    ),
    "PostgreSQL stopped and started": (
        "the same; nothing acknowledged is lost",
        (
            "a_postgresql_that_is_stopped_and_started_again_under_load_loses_nothing_that_was_acknowledged",
            "tokens_replayed_in_bulk_at_two_machines_are_each_good_once_and_good_for_nothing_while_postgresql_is_away",
        ),
    ),
    "audit write fails": (
        "answered, readiness degraded, counted. There is no switch to refuse: that would be a silent pass",
        ("a_full_disk_refuses_feedback_keeps_what_was_kept_and_recovers_by_itself",),
    ),
    "kill -9 in a write": (
        "every acknowledged word is kept, database and audit trail whole",
        ("twenty_five_kills_under_load_lose_no_acknowledged_feedback",),
    ),
    "feedback sent twice": ("kept once", ("the_same_feedback_twice_is_kept_once",)),
    "older or newer tables": (
        "hooks as ever, said; recorded as soon as the tables fit",
        (
            "a_service_begun_before_its_tables_were_made_records_as_soon_as_they_are",
            "tables_of_a_newer_program_are_left_alone_and_that_is_said",
        ),
    ),
    "knowledge damaged, of an old form, or contradictory": (
        "the last good one goes on and says so; at a cold start /readyz 503, and each order gets a card",
        (
            "knowledge_that_is_damaged_while_the_service_runs_is_not_taken_and_said",
            "workers_that_cannot_be_replaced_go_on_with_the_last_good_knowledge_and_say_so",
            "every_worker_loads_anew_or_says_that_it_could_not",
            "a_cold_start_with_damaged_knowledge_serves_and_says_that_nothing_is_checked",
            "knowledge_that_contradicts_itself_or_is_of_an_old_form_is_refused_in_words",
        ),
    ),
    "knowledge past its review": (
        "readiness degraded, said in the cards' last line",
        ("knowledge_whose_review_is_overdue_answers_and_says_so",),
    ),
    "clock wrong by ten minutes": (
        "a minute is forgiven; measured by client; no deadline depends on it",
        (
            "a_clock_that_is_ten_minutes_wrong_is_seen_in_the_metrics_and_a_minute_is_forgiven",
            "no_budget_and_no_deadline_hangs_on_the_clock_of_the_wall",
        ),
    ),
    "reload under load": (
        "every answer is of one version, which it names",
        ("knowledge_is_swapped_under_load_and_every_answer_is_of_one_version",),
    ),
    "worker crash": (
        "the others answer, and it is replaced",
        ("a_worker_that_crashes_is_replaced_and_the_other_answers_meanwhile",),
    ),
    "SIGTERM": (
        "what has begun is answered, no new calls, status 0",
        (
            "requests_in_flight_are_answered_when_the_service_is_told_to_stop",
            "a_service_that_stops_lets_go_of_the_balancer_before_it_refuses_anybody",
        ),
    ),
    "event loop blocked": (
        "others wait less than their budget; measured",
        ("a_rule_that_blocks_holds_up_others_for_less_than_their_budget_and_is_measured",),
    ),
    "one door says other than another": (
        "the network and the command line give the same cards (there is no door for orders in bulk)",
        ("the_network_and_the_command_line_give_the_same_cards",),
    ),
}
_HEAD = """# Faults and their tests

Written by `python -m tests.faults.table`; a test compares it with what is there. `make test-faults` runs all of them
against the running service with real parts, and prints how long each took. What needs PostgreSQL, or a small disk to be
mounted, says so where it cannot run.

| fault | what has to come out | shown by |
|---|---|---|
"""


def tests() -> dict[str, str]:
    """The file of each test, by its name without ``test_``."""
    return {
        node.name.removeprefix("test_"): path.name
        for path in sorted(HERE.glob("test_*.py"))
        if path.name != "test_table.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def written() -> str:
    """The page."""
    files = tests()
    lines = []
    for fault, (outcome, names) in ROWS.items():
        shown = "<br>".join(f"[{name.replace('_', ' ')}]({files[name]})" for name in names)
        lines.append(f"| {fault} | {outcome} | {shown} |")
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{README.name}: {len(tests())} tests of {len(ROWS)} faults\n")
