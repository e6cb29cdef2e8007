"""What a storage counts. A verb is one of get, put, head, delete, list."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "imagelib_store_request_seconds",
    "What was asked of the bucket, until it answered: of a get, until the first byte of the object.",
    ["verb"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15),
)
ERRORS = Counter("imagelib_store_errors_total", "What the store did not do, or broke off.", ["verb"])
AWAY = Gauge("imagelib_store_away", "Processes for which nobody answers there just now.", ["kind"])
OUTAGES = Counter("imagelib_store_outages_total", "Times that a process met nobody there.", ["kind"])

HITS = Counter("imagelib_cache_hits_total", "Objects that were in the cache.")
MISSES = Counter("imagelib_cache_misses_total", "Objects that were not in the cache.")
ADDED_BYTES = Counter("imagelib_cache_added_bytes_total", "Size of the objects that came into the cache.")
EVICTIONS = Counter("imagelib_cache_evictions_total", "Objects that made room for others.")
EVICTED_BYTES = Counter("imagelib_cache_evicted_bytes_total", "Size of the objects that made room.")

# Seen before the first: of a series that begins with one, Prometheus does not know that it grew.
for known in ("get", "put", "head", "delete", "list"):
    ERRORS.labels(known)

_VERBS = {"open": "get", "read": "get", "exists": "head", "check": "head", "prepare": "head", "make": "put"}


def verb(action: str) -> str:
    """Return the verb of what is done, said as the log says it: `open <key>` is a get."""
    word = action.partition(" ")[0]
    return _VERBS.get(word, word)
