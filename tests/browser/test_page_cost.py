"""What it costs, on the page: only with a tariff, exact sums, in the reader's language."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from support.browser import Visitor
from support.documents import Document, all_four
from support.page import card_text, cards, choose, table, wait_for_card
from support.web import Web

NOW = "2026-11-22T14:20:00+01:00"
PRICE, BASE_FEE = Decimal("0.3127"), Decimal("0.35")
TABS = {"weekly": "7-days", "monthly": "30-days", "yearly": "365-days"}


def priced(documents: dict[str, Document], currency: str = "EUR") -> dict[str, Document]:
    """Put a tariff of one price and a base fee over the four files."""
    for tier, document in documents.items():
        document["currency"] = currency
        fee = Decimal(0) if tier == "weekly" else BASE_FEE
        for bucket in [document.get("today"), *document["data_points"]]:
            if bucket and "samples" in bucket:
                bucket["cost"] = str(Decimal(str(bucket["energy_kwh"])) * PRICE + fee)
                bucket.update({"base_fee": str(fee)} if fee else {})
    return documents


def put(site: Web, documents: dict[str, Document]) -> None:
    for tier, document in documents.items():
        site.put(tier, document)


def cents(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def total(points: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(point["cost"]) for point in points), Decimal(0))


@pytest.mark.parametrize("tab", ["today", *TABS.values()])
def test_without_a_tariff_nothing_is_said_of_cost(site: Web, visitor: Visitor, tab: str) -> None:
    put(site, all_four(NOW))
    page = visitor.open(f"{site.url}#{tab}", now=NOW)
    assert "Cost" not in cards(page)


def test_today_s_cost_is_the_file_s_and_compared_with_yesterday_by_now(
    site: Web, visitor: Visitor
) -> None:
    documents = priced(all_four(NOW))
    documents["daily"]["today"]["cost"] = "1.005"
    put(site, documents)
    page = visitor.open(f"{site.url}#today", now=NOW)
    assert cards(page)["Cost"] == "€1.01"  # half a cent is rounded once, from the exact amount
    # 15 hours: those of yesterday by 14:20, and its base fee
    hours = [point for point in documents["weekly"]["data_points"] if "-21T" in point["timestamp"]]
    before = total(hours[:14]) + total(hours[14:15]) / 3 + BASE_FEE
    share = round(abs(Decimal("1.005") / before - 1) * 100)
    wait_for_card(page, "Cost", f"{share}% {'more' if before < 1 else 'less'}")


@pytest.mark.parametrize("tier", TABS)
def test_a_period_s_cost_is_that_of_its_days_with_their_base_fees(
    site: Web, visitor: Visitor, tier: str
) -> None:
    documents = priced(all_four(NOW))
    put(site, documents)
    page = visitor.open(f"{site.url}#{TABS[tier]}", now=NOW)
    page.locator(".card.cost").wait_for()
    days = documents["monthly" if tier == "weekly" else tier]["data_points"]
    expected = total(days[-7:] if tier == "weekly" else days)
    page.wait_for_load_state("networkidle")
    assert cards(page)["Cost"] == f"€{cents(expected)}"
    said = wait_for_card(page, "Cost", "a day" if tier == "yearly" else "days before")
    assert "a day" in said
    assert ("days before" in said) == (tier != "yearly")


def test_a_sum_is_exact_to_the_last_digit(site: Web, visitor: Visitor) -> None:
    """0.1 + 0.2 + ... in binary would end just beside the half cent."""
    documents = priced(all_four(NOW))
    for bucket in documents["monthly"]["data_points"]:
        bucket["cost"] = "0.1115"
    put(site, documents)
    page = visitor.open(f"{site.url}#30-days", now=NOW)
    assert cards(page)["Cost"] == "€3.35"  # 30 x 0.1115 is 3.345


def test_days_of_unknown_cost_are_counted_and_nothing_is_compared(
    site: Web, visitor: Visitor
) -> None:
    documents = priced(all_four(NOW))
    for bucket in documents["monthly"]["data_points"][:2]:
        bucket["cost"] = None
    put(site, documents)
    page = visitor.open(f"{site.url}#30-days", now=NOW)
    assert cards(page)["Cost"] == f"€{cents(total(documents['monthly']['data_points'][2:]))}"
    said = card_text(page, "Cost")
    assert "without 2 days whose cost is unknown" in said
    assert "%" not in said


def test_a_cost_that_is_wholly_unknown_is_a_dash(site: Web, visitor: Visitor) -> None:
    documents = priced(all_four(NOW))
    for bucket in [documents["daily"]["today"], *documents["yearly"]["data_points"]]:
        bucket["cost"] = None
    put(site, documents)
    page = visitor.open(f"{site.url}#365-days", now=NOW)
    assert cards(page)["Cost"] == "-"
    choose(page, "Today")
    assert cards(page)["Cost"] == "-"


def test_in_german_it_is_called_kosten_and_written_as_germans_do(
    site: Web, visitor: Visitor
) -> None:
    documents = priced(all_four(NOW))
    documents["daily"]["today"]["cost"] = "-1234.5"
    put(site, documents)
    page = visitor.open(f"{site.url}#today", now=NOW, locale="de-DE")
    assert cards(page)["Kosten"] == "-1.234,50 €"


def test_the_currency_is_the_tariff_s(site: Web, visitor: Visitor) -> None:
    documents = priced(all_four(NOW), "JPY")
    documents["daily"]["today"]["cost"] = "1234.5"
    put(site, documents)
    page = visitor.open(f"{site.url}#today", now=NOW)
    assert cards(page)["Cost"] == "JP¥1,235"


def test_table_and_download_have_a_column_of_cost(
    site: Web, visitor: Visitor, tmp_path: Path
) -> None:
    documents = priced(all_four(NOW))
    documents["monthly"]["data_points"][-1]["cost"] = "-0.5"
    put(site, documents)
    page = visitor.open(f"{site.url}#30-days", now=NOW)
    head, newest, *_ = table(page, "Energy, day by day")
    assert dict(zip(head, newest, strict=True))["Cost"] == "-€0.50"
    with page.expect_download() as saving:
        page.locator("[role=tabpanel]:not([hidden]) [data-download=csv]").click()
    saving.value.save_as(tmp_path / "days.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "days.csv").read_text())))
    points = documents["monthly"]["data_points"]
    assert [Decimal(row["cost EUR"]) for row in rows] == [Decimal(one["cost"]) for one in points]
