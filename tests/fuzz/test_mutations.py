"""What changes files finds a reader that stumbles, and leaves what it was given as it is."""

import json
import random

from tests.fuzz.mutations import changed_json, mutate_bytes, mutate_data

FILE = json.dumps({"verdicts": [{"cell": "a", "runs": 3}], "notes": ["x"]}).encode()


def careless(content):
    """A reader with the usual holes."""
    return [one["cell"].upper() for one in json.loads(content)["verdicts"]]


def escaping(change, times=300):
    found = set()
    for seed in range(times):
        try:
            careless(change(FILE, random.Random(seed)))
        except Exception as error:
            found.add(type(error).__name__)
    return found


def test_a_careless_reader_is_found_out():
    assert {"KeyError", "TypeError", "AttributeError"} <= escaping(changed_json)
    assert {"JSONDecodeError", "UnicodeDecodeError"} <= escaping(mutate_bytes)


def test_a_change_is_of_its_seed_alone_and_leaves_the_original():
    given = {"a": [1, {"b": 2}]}
    assert mutate_data(given, random.Random(1)) == mutate_data(given, random.Random(1))
    assert given == {"a": [1, {"b": 2}]}
    assert mutate_bytes(FILE, random.Random(2)) == mutate_bytes(FILE, random.Random(2)) != FILE
