"""What is often written by hand: a paho subscriber that puts each reading into SQLite.

`python -m bench.subscriber PORT USER PASSWORD TOPIC DATABASE SYNCHRONOUS [CLIENT-ID]`; with a
client id it has a session that survives. paho acknowledges when `on_message` returns.
"""

import sqlite3
import sys
from datetime import datetime

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

INSERT = "INSERT OR REPLACE INTO readings VALUES (?, ?)"


def database(path: str, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a database of (time in s since 1970, power in W) in WAL mode; each write commits."""
    opened = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute(f"PRAGMA synchronous={synchronous}")
    opened.execute("CREATE TABLE IF NOT EXISTS readings (time INTEGER PRIMARY KEY, power REAL)")
    return opened


def main(words: list[str]) -> None:
    """Subscribe and store for ever."""
    port, user, password, topic, path, synchronous, *client_id = words
    opened = database(path, synchronous)

    def connected(client: paho.Client, *_: object) -> None:
        client.subscribe(topic, qos=1)

    def store(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        reading = orjson.loads(message.payload)
        time = datetime.fromisoformat(reading["timestamp"]).timestamp()
        opened.execute(INSERT, (round(time), reading["power"]))

    name = "".join(client_id)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name)
    client.username_pw_set(user, password)
    client.on_connect = connected
    client.on_message = store
    client.connect("127.0.0.1", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
