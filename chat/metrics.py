"""The figures of this process that /metrics shows. Rooms import a figure by name and update it; nothing reads it back."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

RUNS_LIVE = Gauge("parley_runs_live", "Runs this process is working on now.", registry=REGISTRY)
RUNS_ENDED = Counter("parley_runs_ended", "Runs that ended here, by their last status.", ["status"], registry=REGISTRY)
CHUNKS = Counter("parley_chunks", "Chunks received from upstreams.", registry=REGISTRY)
TOKENS = Counter("parley_tokens", "Tokens by direction, as upstreams reported them.", ["direction"], registry=REGISTRY)
UPSTREAM_FAULTS = Counter("parley_upstream_faults", "Faults of upstreams, by their code.", ["code"], registry=REGISTRY)
# The measured grouped commit takes between 1 and 20 ms; the upper buckets are for slow disks.
COMMIT_SECONDS = Histogram(
    "parley_commit_seconds",
    "Seconds that one grouped journal transaction took.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
TTFT_SECONDS = Histogram(
    "parley_ttft_seconds",
    "Seconds from the request to the first text or reasoning delta.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
    registry=REGISTRY,
)
SOCKETS = Gauge("parley_sockets", "Open WebSockets.", registry=REGISTRY)
FRAMES = Counter("parley_frames", "WebSocket frames by direction.", ["direction"], registry=REGISTRY)
