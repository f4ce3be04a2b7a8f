"""site.json: what it tells, and where the copies of the long history can be read by anybody."""

from typing import Any

import orjson
import pytest
from support.asyncapi import DOCS, mistakes

from shared.config import Config, parse
from shared.site import encode_site, public_folder
from shared.version import VERSION

GITHUB = {"token": "t-secret", "repo": "Ada/house", "branch": "main", "directory": "data"}
VIEWER = {"path": "/mqtt", "username": "viewer", "password": "p"}


def configuration(**sections: Any) -> Config:
    return parse(
        {
            "home_assistant": {
                "url": "http://127.0.0.1",
                "token": "t",
                "entities": {"power": "sensor.p"},
            },
            "timezone": "Europe/Berlin",
            **sections,
        },
        {},
    )


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("mqtt", [None, VIEWER])
@pytest.mark.parametrize("github", [{}, {"github": GITHUB}])
def test_site_json_fits_its_schema(
    *, published: bool, mqtt: dict[str, str] | None, github: dict[str, Any]
) -> None:
    content = encode_site(configuration(**github), mqtt=mqtt, published=published)
    assert mistakes("schema/site.json", orjson.loads(content)) == []
    assert b"t-secret" not in content


def test_site_json_tells_the_page_what_it_cannot_find_out() -> None:
    config = configuration(data={"live_interval_seconds": 5}, github=GITHUB)
    folder = "https://raw.githubusercontent.com/Ada/house/main/data/"
    assert orjson.loads(encode_site(config, mqtt=VIEWER)) == {
        "base_topic": "power-monitor",
        "mqtt": VIEWER,
        "fallback": {"monthly": f"{folder}monthly.json", "yearly": f"{folder}yearly.json"},
        "collection_interval_seconds": 600,
        "live_interval_seconds": 5,
        "published": False,
        "timezone": "Europe/Berlin",
        "version": VERSION,
    }


def test_the_published_site_has_no_live_values_and_needs_no_fallback() -> None:
    config = configuration(data={"live_interval_seconds": 5}, github=GITHUB)
    told = orjson.loads(encode_site(config, published=True))
    assert (told["published"], told["mqtt"], told["fallback"]) == (True, None, None)
    assert told["live_interval_seconds"] is None


@pytest.mark.parametrize(
    ("changes", "folder"),
    [
        ({"pages": True}, "https://ada.github.io/house/"),
        ({"pages": True, "repo": "Ada/ada.github.io"}, "https://ada.github.io/"),
        (
            {"branch": "my;branch,it's", "directory": "a b/ü"},
            "https://raw.githubusercontent.com/Ada/house/my%3Bbranch%2Cit%27s/a%20b/%C3%BC/",
        ),
        ({"api_url": "https://github.example.com/api/v3"}, None),
        ({"token": None}, None),
    ],
)
def test_the_copies_have_a_public_address_on_github_only(
    changes: dict[str, Any], folder: str | None
) -> None:
    """It stands in the Content-Security-Policy too, so nothing in it may end a directive."""
    assert public_folder(configuration(github=GITHUB | changes).github) == folder


def test_the_example_in_the_documents_is_one() -> None:
    page = (DOCS / "files.md").read_text()
    example = page.split("<!-- site.json -->\n```json\n")[1].split("```")[0]
    assert mistakes("schema/site.json", orjson.loads(example)) == []
