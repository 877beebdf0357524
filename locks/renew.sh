#!/bin/sh
# Hash-pinned locks that name no index. uv is used to resolve only, from a throw-away environment.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python -m venv "$tools"
"$tools/bin/python" -m pip install --quiet uv
compile() {
    "$tools/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header "$@"
}
compile --group build -o locks/run.txt
compile --group build --group dev -o locks/dev.txt
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-fund --no-audit
