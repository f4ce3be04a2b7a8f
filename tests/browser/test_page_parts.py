"""Pure parts of the page, asked in a browser: texts, stretches of time, what fits a screen."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser import Visitor
from support.documents import daily
from support.page import cards, eventually, is_drawn, plain
from support.web import Web

SCRIPTS = Path(__file__).parents[2] / "dashboard" / "js"
KEY = re.compile(r"""\bt\(\s*(?:[\w.]+ \? )?"([\w.-]+)"(?: : "([\w.-]+)")?""")


@pytest.fixture
def page(site: Web, visitor: Visitor) -> Page:
    return visitor.open(f"{site.url}#help")


def ask(page: Page, module: str, script: str, argument: Any = None) -> Any:
    """Evaluate an expression over a module's exports, `m`, and an argument, `a`."""
    wrapped = f"async a => {{ const m = await import('./js/{module}'); return {script}; }}"
    return page.evaluate(wrapped, argument)


def test_each_language_has_the_same_texts_with_the_same_places(page: Page) -> None:
    tables = ask(page, "text/index.js", "m.TABLES")
    for language, table in tables.items():
        assert table.keys() == tables["en"].keys(), language
        for key, text in table.items():
            places = set(re.findall(r"{\w+}", tables["en"][key]))
            assert set(re.findall(r"{\w+}", text)) == places, (language, key)


def test_each_text_that_is_asked_for_is_there(page: Page) -> None:
    table = ask(page, "text/index.js", "m.TABLES.en")
    asked = {
        (script.name, key)
        for script in SCRIPTS.rglob("*.js")
        for found in KEY.findall(script.read_text())
        for key in filter(None, found)
    }
    assert len(asked) > 50
    assert [one for one in asked if one[1] not in table and f"{one[1]}.other" not in table] == []


def segments(page: Page, points: list[dict[str, Any]], until: str = "12:00") -> list[list[Any]]:
    """Return [from, to, mean] of each known stretch, as local times of a day in UTC."""
    for point in points:
        point["timestamp"] = f"2026-11-22T{point['timestamp']}:00Z"
    document = {
        "schema": 1,
        "tier": "daily",
        "timezone": "UTC",
        "date": "2026-11-22",
        "last_update": None,
        "units": {},
        "data_points": points,
        "today": None,
    }
    script = """(async () => {
        const { readDocument } = await import('./js/data/document.js');
        const read = readDocument(a[0], 'daily');
        const limits = { heartbeat: 25 * 60000, until: Date.parse(`2026-11-22T${a[1]}:00Z`) };
        const found = m.segmentsOf(m.stretchesOf(read, limits), 'power');
        const clock = time => new Date(time).toISOString().slice(11, 16);
        return Array.from({ length: found.length }, (_, index) =>
            [clock(found.from[index]), clock(found.to[index]), found.mean[index]]);
    })()"""
    found: list[list[Any]] = ask(page, "data/segments.js", script, [json.dumps(document), until])
    return found


def interval(at: str, minutes: int, mean: float, coverage: float = 1.0) -> dict[str, Any]:
    known = {"power": {"mean": mean, "min": mean, "max": mean}} if coverage else {}
    told = {"seconds": minutes * 60, "coverage": coverage, **known}
    return {"timestamp": at, "power": 999, "interval": told}


def test_an_interval_speaks_of_the_time_before_it_and_no_other(page: Page) -> None:
    points = [interval("01:00", 10, 5), interval("02:00", 10, 6)]
    assert segments(page, points) == [["00:50", "01:00", 5], ["01:50", "02:00", 6]]


def test_a_value_without_interval_holds_until_the_next_or_the_heartbeat(page: Page) -> None:
    points: list[dict[str, Any]] = [
        {"timestamp": "01:00", "power": 5},
        {"timestamp": "01:10", "power": 6},
        {"timestamp": "03:00", "power": None},
        {"timestamp": "11:50", "power": 7},
    ]
    assert segments(page, points) == [
        ["01:00", "01:10", 5],
        ["01:10", "01:35", 6],
        ["11:50", "12:00", 7],
    ]


def test_an_interval_wins_over_a_held_value(page: Page) -> None:
    points: list[dict[str, Any]] = [{"timestamp": "01:00", "power": 5}, interval("01:20", 10, 6)]
    assert segments(page, points) == [["01:00", "01:10", 5], ["01:10", "01:20", 6]]


def test_where_intervals_overlap_the_better_known_counts_then_the_shorter(page: Page) -> None:
    points = [
        *(interval("01:00", 60, 100, 0.1), interval("01:05", 55, 2000)),
        *(interval("04:00", 60, 5), interval("04:10", 30, 6)),
        *(interval("05:30", 20, 7), interval("05:40", 20, 8)),
        *({"timestamp": "07:00", "power": 9}, interval("07:10", 10, 1), interval("07:20", 30, 2)),
    ]
    assert segments(page, points) == [
        *(["00:00", "00:10", 100], ["00:10", "01:05", 2000]),
        *(["03:00", "03:40", 5], ["03:40", "04:10", 6]),
        *(["05:10", "05:20", 7], ["05:20", "05:40", 8]),
        *(["06:50", "07:00", 2], ["07:00", "07:10", 1], ["07:10", "07:20", 2]),
    ]


def test_what_was_yesterday_and_what_is_unknown_is_not_drawn(page: Page) -> None:
    points = [interval("00:00", 10, 5), interval("00:05", 10, 6), interval("01:00", 10, 7, 0)]
    assert segments(page, points) == [["00:00", "00:05", 6]]


def test_fitting_a_long_day_keeps_extremes_means_and_gaps(page: Page) -> None:
    """8 640 stretches of ten seconds into 500 columns, with half an hour missing."""
    script = """(async () => {
        const { Segments } = await import('./js/data/segments.js');
        const all = new Segments(8640);
        for (let index = 0; index < 8640; index += 1) {
            if (index >= 3000 && index < 3180) continue;
            const mean = index === 5000 ? 9000 : index % 7;
            all.push(index * 1e4, (index + 1) * 1e4, { mean, min: mean - 1, max: mean + 1 }, 1);
        }
        const few = m.fit(all, 0, 864e5, 500);
        const list = key => Array.from(few[key].subarray(0, few.length));
        const area = one => Array.from({ length: one.length }, (_, index) =>
            one.mean[index] * (one.to[index] - one.from[index])).reduce((a, b) => a + b);
        const holes = m.steps(few, 'mean').filter(({ y }) => Number.isNaN(y)).length;
        return [few.length, Math.max(...list('max')), Math.min(...list('min')),
            area(few) / area(all), holes];
    })()"""
    length, highest, lowest, ratio, holes = ask(page, "charts/columns.js", script)
    assert length <= 501
    assert (highest, lowest, holes) == (9001, -1, 1)
    assert ratio == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("known", "spans"),
    [
        ([[0, 100, 1]], []),
        ([[10, 40, 1], [60, 100, 1]], [[0, 10, 10], [40, 60, 20]]),
        ([[0, 50, 0.5], [50, 100, 1]], [[0, 50, 25]]),
        ([[0, 50, 0.5], [70, 100, 1]], [[0, 70, 45]]),
        ([[0, 100, None]], []),
        ([], [[0, 100, 100]]),
    ],
)
def test_what_is_unknown_is_found_and_joined(
    page: Page, known: list[list[Any]], spans: list[list[float]]
) -> None:
    """In minutes: from, to, and how much of it is unknown."""
    script = """m.unknownSpans(
        a.map(([from, to, coverage]) => ({ from: from * 6e4, to: to * 6e4, coverage })), 0, 6e6,
    ).map(({ from, to, unknown }) => [from / 6e4, to / 6e4, unknown / 6e4])"""
    assert ask(page, "data/unknown.js", script, known) == spans


def test_a_table_of_a_spreadsheet_runs_nothing(page: Page) -> None:
    """A metric's name may begin like a formula."""
    script = """(async () => {
        const { readDocument } = await import('./js/data/document.js');
        return m.toCsv(readDocument(a, 'weekly'));
    })()"""
    name = '=cmd("x"),1'
    point = {"timestamp": "2026-11-22T00:00:00+01:00", name: {"mean": 1, "min": 0, "max": 2}}
    text = ask(page, "download.js", script, json.dumps({"data_points": [point]}))
    assert '"\'=cmd(""x""),1 mean"' in text


@pytest.mark.parametrize(
    ("field", "instants"),
    [
        ("2026-10-25T02:10", ["2026-10-25T00:10:00.000Z", "2026-10-25T01:10:00.000Z"]),
        ("2026-10-25T03:10", ["2026-10-25T02:10:00.000Z"]),
        ("2026-03-29T02:10", ["2026-03-29T01:10:00.000Z"]),
        ("", []),
    ],
)
def test_a_field_s_time_may_mean_two_instants(page: Page, field: str, instants: list[str]) -> None:
    script = """(async () => {
        const { Zone } = await import('./js/zone.js');
        const found = m.instantsOf(new Zone('Europe/Berlin'), a);
        return found.map(time => new Date(time).toISOString());
    })()"""
    assert ask(page, "admin/localtime.js", f"await {script}", field) == instants


def test_of_an_hour_that_comes_twice_a_person_says_which(page: Page) -> None:
    script = """(async () => {
        const { Zone } = await import('./js/zone.js');
        const made = new m.TimeField('when', 'When', new Zone('Europe/Berlin'));
        document.body.append(made.element);
        const type = value => {
            made.input.value = value;
            made.input.dispatchEvent(new Event('input'));
        };
        type('2026-10-25T02:10');
        const options = [...made.which.options].map(option => option.text);
        made.which.value = '1';
        const [words, time] = [made.words, new Date(made.time).toISOString()];
        type('2026-10-25T04:00');
        return [options, words, time, made.choice.hidden, made.words];
    })()"""
    assert ask(page, "admin/timefield.js", f"await {script}") == [
        ["CEST", "CET"],
        "2026-10-25 02:10\u00a0CET",
        "2026-10-25T01:10:00.000Z",
        True,
        "2026-10-25 04:00",
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("formatPower(-12345)", "-12.3 kW"),
        ("formatPower(9999.4)", "9,999 W"),
        ("formatPower(-0.2)", "0 W"),
        ("formatPower(null)", "-"),
        ("formatEnergy(0)", "0 kWh"),
        ("formatEnergy(0.123)", "0.12 kWh"),
        ("formatEnergy(1234.5)", "1,235 kWh"),
        ("formatShare(0.9999)", "99.9%"),
        ("formatShare(0.0001)", "1%"),
        ("formatShare(1)", "100%"),
        ("formatAge(119)", "119 seconds"),
        ("formatAge(7200)", "2 hours"),
        ("formatDuration(8400)", "2 hrs 20 mins"),
        ("formatBytes(1234567)", "1.2 MB"),
        ("formatTime(0, 'Asia/Kolkata')", "05:30"),
    ],
)
def test_numbers_and_times_are_written_as_people_do(page: Page, call: str, said: str) -> None:
    assert plain(ask(page, "format.js", f"m.{call}")) == said


def test_the_figures_stand_while_the_chart_library_is_away(site: Web, visitor: Visitor) -> None:
    """And once it can be had, the next drawing has it."""
    now = "2026-11-22T14:20:00+01:00"
    site.put("daily", daily(now))
    page = visitor.open("about:blank", home=site.url, now=now)
    page.route("**/vendor/chart.js-*/**", lambda route: route.abort())
    visitor.forgive("ERR_FAILED")
    page.goto(site.url)
    assert cards(page)["Now"]
    missing = page.get_by_text("Chart.js is missing").locator("visible=true")
    expect(missing).to_have_count(page.locator("section.chart:visible").count())
    page.unroute("**/vendor/chart.js-*/**")
    page.emulate_media(color_scheme="dark")
    eventually(page, lambda: is_drawn(page, "Power today"), "drawn")
    expect(missing).to_have_count(0)
