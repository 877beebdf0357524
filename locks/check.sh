#!/bin/sh
# Locks name no address, so that any mirror serves them; every requirement carries a hash, and is the same for every
# Python: of two versions of a library the tests run one.
set -eu
cd "$(dirname "$0")/.."
if grep -nE '^[^#]*(https?://|--(extra-)?index-url|--find-links)' locks/*.txt; then
    echo "a lock names an address" >&2
    exit 1
fi
if grep -n 'python_\(full_\)\?version' locks/*.txt; then
    echo "a lock differs by Python: bound that library in pyproject.toml, then run make lock" >&2
    exit 1
fi
if grep -n '"resolved"' package-lock.json; then
    echo "package-lock.json names an address: run make lock" >&2
    exit 1
fi
