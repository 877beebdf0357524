"""What tests rely on of the servers they start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, free_port

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_a_port_is_nobody_elses_while_its_server_is_down() -> None:
    ports = [free_port() for _ in range(150)]
    assert len(set(ports)) == len(ports)
    if not RANGE.exists():
        pytest.skip("THIS SYSTEM DOES NOT SAY which ports it gives away")
    lowest = int(RANGE.read_text().split()[0])
    assert max(ports) < lowest


def test_two_processes_of_a_run_are_given_different_ports() -> None:
    asking = "from tests.servers import free_port; print(*(free_port() for _ in range(100)))"
    both = [
        subprocess.Popen([sys.executable, "-c", asking], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    first, second = ({*each.communicate()[0].split()} for each in both)
    assert len(first) == len(second) == 100
    assert first.isdisjoint(second)
