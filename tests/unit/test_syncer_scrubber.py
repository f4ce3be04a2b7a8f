"""The token stays out of what is told, however a server spells it."""

import base64
import json
from urllib.parse import quote

import pytest

from services.syncer.answers import Answer, Place, failure
from services.syncer.scrubber import HIDDEN, Scrubber, scrubbed

TOKEN = "github_pat_11AB0_Zx9-secret-part"
SCRUB = Scrubber(TOKEN)
PERCENT = "".join(f"%{byte:02X}" for byte in TOKEN.encode())
SPELLINGS = {
    "verbatim": TOKEN,
    "in capitals": TOKEN.upper(),
    "JSON escapes": "".join(f"\\u{ord(letter):04x}" for letter in TOKEN),
    "one JSON escape": TOKEN.replace("_", "\\u005f"),
    "escaped twice": TOKEN.replace("_", "\\\\u005F"),
    "percent-encoded": PERCENT,
    "percent-encoded in part": TOKEN.replace("_", "%5f"),
    "percent-encoded twice": quote(PERCENT),
    "HTML": TOKEN.replace("_", "&#95;").replace("-", "&#x2d;"),
    "folded header": f"{TOKEN[:9]}\r\n {TOKEN[9:]}",
    "header of two lines": f"{TOKEN[:20]}, {TOKEN[20:]}",
    "base64": base64.b64encode(TOKEN.encode()).decode(),
    "basic authorization": base64.b64encode(f"x:{TOKEN}".encode()).decode(),
    "basic authorization of a user": base64.b64encode(f"you:{TOKEN}:".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(f"??>{TOKEN}".encode()).decode(),
    "base64, percent-encoded": quote(base64.b64encode(f"a{TOKEN}".encode()).decode()),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_the_token_is_taken_out_however_it_is_spelled(spelling: str) -> None:
    clean = SCRUB(f"Bad credentials {spelling} were sent")
    assert HIDDEN in clean
    for part in (spelling, spelling[4:-4], spelling[8:20]):
        assert part not in clean
    assert clean.startswith("Bad credentials ")
    assert clean.endswith(" were sent")


def test_other_words_stay_as_they_are() -> None:
    said = "Resource not accessible by personal access token github_pat_, contents=write (403)"
    assert SCRUB(said) == said
    assert Scrubber("")(said) == said


def test_each_text_of_an_object_is_scrubbed() -> None:
    raw = {TOKEN: [TOKEN, {"name": f"you/{TOKEN}", "size": 3}], "content": TOKEN * 1000}
    clean = {HIDDEN: [HIDDEN, {"name": f"you/{HIDDEN}", "size": 3}], "content": HIDDEN}
    assert scrubbed(raw, SCRUB) == clean


def test_a_message_that_is_cut_short_shows_no_first_half_of_the_token() -> None:
    body = json.dumps({"message": "x" * 185 + TOKEN}).replace("_", "\\u005f").encode()
    answer = Answer(401, {}, body, SCRUB)
    told = str(failure(answer, Place("you/house", "https://api.github.com"), 0.0))
    assert "github" not in told
