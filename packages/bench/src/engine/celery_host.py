"""The same shape in Celery: a chain of one task and a chord of five. Settings as Celery ships them; results in Redis, as a chord needs."""
import os

from celery import Celery, chain, chord

url = os.environ["BENCH_REDIS_URL"]
app = Celery("celery_host", broker=url, backend=url)


@app.task
def first(n):
    return n


@app.task
def part(n):
    return n


@app.task
def last(parts, n):
    client = app.backend.client
    client.incr("celery:ended")
    client.publish("celery:done", str(n))


def submit(n):
    chain(first.si(n), chord([part.si(n) for _ in range(5)], last.s(n))).apply_async()


if __name__ == "__main__":
    import sys

    # Reads numbers, one a line, and submits a job for each.
    for line in sys.stdin:
        for _ in range(int(line)):
            submit(0)
        print("ok", flush=True)
