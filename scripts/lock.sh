#!/usr/bin/env bash
# Locks the packages of the virtual environment with hashes: a file for each ansible-core, with markers for Pythons and
# platforms. Locked versions stay, except with:
#
#   UPGRADE  --upgrade for all packages, or --upgrade-package=NAME (default: only what the requirements changed)
set -euo pipefail
cd "$(dirname "$0")/.."

uv=${VENV:-.venv}/bin/uv
locked=tests/requirements/locked
# ansible-core → the oldest Python that it runs on
declare -A least=([2.19]=3.11 [2.20]=3.12 [2.21]=3.12 [2.22]=3.13)

compile() {
  # The file does not name the index of the packages.
  UV_CUSTOM_COMPILE_COMMAND="make lock" "$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-annotate ${UPGRADE:-} "$@"
}

for core in "${!least[@]}"; do
  echo "==> $locked/ansible-core-$core.txt"
  compile --python-version "${least[$core]}" --output-file "$locked/ansible-core-$core.txt" \
    requirements-dev.txt "tests/requirements/ansible-core-$core.txt"
done
echo "==> $locked/uv.txt"
compile --python-version 3.11 --output-file "$locked/uv.txt" "$locked/uv.in"
# In addition to the others
echo "==> $locked/benchmarks.txt"
compile --python-version 3.11 --constraint "$locked/ansible-core-2.19.txt" --output-file "$locked/benchmarks.txt" \
  "$locked/benchmarks.in"
