"""Load: so many clients, each of which sends its next request when it has the answer to the one before."""

import statistics
import threading
import time


def run(prepare, clients, requests):
    """`prepare()` makes one client's generator of calls; a call answers the seconds it took. Returns median, 95th percentile
    and requests a second of `requests` calls in all, or the first error.

    What a client does between two requests, SRP's arithmetic for example, counts for the rate and not for the latency.
    """
    each = max(2, requests // clients)
    times, errors, lock = [], [], threading.Lock()
    ready = threading.Barrier(clients + 1)

    def client():
        try:
            calls = prepare()
            next(calls)()  # Connections and caches are warm from here on.
        except Exception as error:
            errors.append(error)
            ready.abort()
            return
        try:
            ready.wait(120)
            for _ in range(each):
                taken = next(calls)()
                with lock:
                    times.append(taken)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        ready.wait(180)
    except threading.BrokenBarrierError:
        pass
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begin
    if errors:
        first = next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
        return {"error": f"{type(first).__name__}: {first}"}
    return {
        "median": statistics.median(times),
        "p95": statistics.quantiles(times, n=20)[-1],
        "rate": len(times) / whole,
    }
