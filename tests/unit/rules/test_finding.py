"""A finding: what it says of the order, and whether two findings are the same again."""

from cds.clinical.order import Order
from cds.knowledge import criteria as ask
from cds.rules.finding import Finding
from cds.rules.statement import judge
from tests.unit.rules.builders import amount, case, chart, give, prescribe, statement, takes, tier, took

LIMIT = statement("limit", tier("info", amount(above="10 mg")), tier("warning", amount(above="50 mg")))
BESIDE = statement(
    "beside", tier("warning", ask.TakenWith(frozenset({"calmazine"}), states=frozenset({"current", "stopped"})))
)


def found(draft: Order, one: object = LIMIT, *medicines: Order) -> Finding:
    finding = judge(case(draft, chart(medicines=medicines)), one).finding
    assert finding is not None
    return finding


def test_the_first_value_of_a_placeholder_counts():
    twice = statement("twice", tier("info", amount(above="10 mg")), applies=(amount(above="20 mg/d"),))
    assert found(prescribe("examplol", "30 mg", 1), twice).values["amount"] == "30 mg"


def test_the_drugs_are_those_of_the_order_and_those_beside_it():
    finding = found(prescribe("examplol", "5 mg", 1), BESIDE, takes("calmazine", give("5 mg", 1)))
    assert finding.drugs == ("calmazine", "examplol")


def test_the_same_order_under_another_name_is_the_same_finding():
    one = found(prescribe("examplol", "30 mg", 1))
    other = found(prescribe("examplol", "30 mg", 1, reference="MedicationRequest/renamed"))
    assert one.sameness == other.sameness


def test_another_dose_level_or_neighbour_is_another_finding():
    beside = [found(prescribe("examplol", "5 mg", 1), BESIDE, takes(drug, give("5 mg", 1))) for drug in ("calmazine",)]
    findings = [found(prescribe("examplol", dose, 1)) for dose in ("30 mg", "31 mg", "60 mg")] + beside
    assert len({finding.sameness for finding in findings}) == len(findings)


def test_how_long_ago_a_drug_was_stopped_makes_no_other_finding():
    days = [found(prescribe("examplol", "5 mg", 1), BESIDE, took("calmazine", ended=ended)) for ended in (2, 3)]
    assert days[0].sameness == days[1].sameness
