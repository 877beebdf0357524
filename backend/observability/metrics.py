"""Prometheus metrics, one registry per application so that several can live in one process.

With several worker processes ``PROMETHEUS_MULTIPROC_DIR`` names a folder they share and ``/metrics`` sums over it.
"""

import hmac
import os
from typing import Annotated

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import HeaderParameter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.errors import Unauthenticated

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """``route`` labels are templates such as ``/api/users/{user_id}``, never paths: paths are without bound."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "qudao_http_requests", "HTTP requests", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "qudao_http_request_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.running = Gauge(
            "qudao_http_requests_running",
            "Requests being answered",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.commands = Counter(
            "qudao_commands",
            "Commands pushed; failed: a fault of ours, which the phone sends again",
            ("name", "outcome"),
            registry=self.registry,
        )
        self.live = Gauge(
            "qudao_live_streams", "Apps that listen for hints", registry=self.registry, multiprocess_mode="livesum"
        )
        self.connections = Gauge(
            "qudao_database_connections",
            "Connections to the database in use when a request ended",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def exposition(self) -> bytes:
        if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types there
        return generate_latest(registry)


@get("/metrics", sync_to_thread=False, include_in_schema=False, opt={"public": True})
def show_metrics(
    state: State, authorization: Annotated[str, HeaderParameter(name="Authorization")] = ""
) -> Response[bytes]:
    """For Prometheus; with ``QUDAO_METRICS_TOKEN`` set only for who bears it."""
    token = state.settings.metrics_token
    if token and not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise Unauthenticated
    return Response(state.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})
