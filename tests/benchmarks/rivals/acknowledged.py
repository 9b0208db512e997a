"""persist-queue with rows that were fetched: acknowledges a batch of them for each line of standard input.

Run by the benchmarks' own Python, which knows nothing of Moodpost.
"""

from __future__ import annotations

import sys

from persistqueue import SQLiteAckQueue


def main(folder: str, batches: int, rows: int) -> None:
    """Say `done` once everything was fetched, and after each batch."""
    queue = SQLiteAckQueue(folder)
    queue._putter.execute("PRAGMA synchronous=OFF")  # filling it is not measured, and would take minutes
    for n in range(batches * rows):
        queue.put(
            {"seq": n + 1, "kind": "vote", "survey": "visit/1", "value": "1/4", "ui": "physical", "language": "en"}
        )
    fetched = [queue.get(raw=True)["pqid"] for _ in range(batches * rows)]
    queue._putter.execute("PRAGMA synchronous=FULL")  # as it comes
    for batch in range(batches):
        print("done", flush=True)
        sys.stdin.readline()
        for id_ in fetched[batch * rows : (batch + 1) * rows]:
            queue.ack(id=id_)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
