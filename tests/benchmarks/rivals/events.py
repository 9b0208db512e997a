"""posthog-python with a queue of rows: takes them from standard input, says when all wait, sends them as it comes.

Run by the benchmarks' own Python, which knows nothing of Moodpost.
"""

from __future__ import annotations

import json
import sys

from posthog import Posthog


def main(port: int, rows: int) -> None:
    """Queue each row as an event. As it comes, the queue would take 10,000 and drop the rest."""
    client = Posthog("key", host=f"http://127.0.0.1:{port}", max_queue_size=rows + 1)
    for line in sys.stdin:
        row = json.loads(line)
        client.capture(row["kind"], distinct_id=str(row["visit"]), properties=row, uuid=row["id"])
    print("queued", flush=True)
    client.shutdown()  # drains, however long it takes; flush would give up after 10 s


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
