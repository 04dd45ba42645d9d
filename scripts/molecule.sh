#!/usr/bin/env bash
# Runs the molecule scenarios (or the one named), each against a local AWS of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
  # Not local: the trap runs when this function has ended.
  state=$(mktemp -d)
  trap 'python -m sandbox --folder "$state" down >/dev/null; rm -rf "$state"' EXIT
  python -m sandbox --folder "$state" up --speed 4 >/dev/null
  eval "$(python -m sandbox --folder "$state" env)"
  # Molecule keeps its state below ANSIBLE_HOME, by name of the checkout, and finds scenarios at the root only if told.
  export ANSIBLE_HOME=$state/ansible MOLECULE_GLOB='molecule/*/molecule.yml'
  molecule test --scenario-name "$1"
}

# Its output in one piece, and only if it is needed.
run_quietly() {
  local log
  if log=$(run "$1" 2>&1); then
    echo "molecule: $1 passed"
  else
    printf '%s\nmolecule: %s failed\n' "$log" "$1"
    return 1
  fi
}

if [[ ${1:-} ]]; then
  run "$1"
  exit
fi
export -f run run_quietly
for scenario in molecule/*/molecule.yml; do
  basename "$(dirname "$scenario")"
done | xargs -P "$(nproc)" -I '{}' bash -euo pipefail -c 'run_quietly {}'
