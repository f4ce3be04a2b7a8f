"""The table of rights and the files made from it."""

import base64

from cli.broker_users import USERS, acl, password_line, rights
from shared.topics import Topics

TOPICS = Topics("house/meter")


def test_every_user_of_the_table_gets_a_password_and_a_block() -> None:
    """Users and rights can't drift apart."""
    assert set(rights(TOPICS)) == set(USERS)
    assert [line for line in acl(TOPICS).splitlines() if line.startswith("user ")] == [
        f"user {user}" for user in USERS
    ]


def test_no_right_comes_before_the_first_user() -> None:
    """Lines above the first user would be the anonymous client's."""
    before, _, _ = acl(TOPICS).partition("user ")
    assert "topic" not in before


def test_each_service_writes_below_its_own_name_only() -> None:
    """No service can publish another's health, log or availability."""
    for user, granted in rights(TOPICS).items():
        for other in set(USERS) - {user}:
            foreign = (TOPICS.health(other), TOPICS.availability(other), TOPICS.log(other))
            assert not set(granted.publish) & set(foreign)


def test_the_viewer_and_strangers_publish_nothing_but_readings() -> None:
    """The viewer's password is public to whoever sees the page."""
    assert rights(TOPICS)["viewer"].publish == ()
    assert rights(TOPICS)["publisher"].publish == (TOPICS.reading,)


def test_a_password_line_is_what_mosquitto_passwd_writes() -> None:
    """The expected line was made by mosquitto_passwd 2.0.11 for user and password `a`."""
    expected = (
        "a:$7$101$FaCNKR2xOp0GNt4u$9pSyBzldiIIkJw5TDO3MwG78PootV7QA+3h7bp10n36eveuYvxmJeTxC00/"
        "EgKb5xz084QMVC/q0YXk3JfHKFw=="
    )
    assert password_line("a", "a", base64.b64decode("FaCNKR2xOp0GNt4u")) == expected
