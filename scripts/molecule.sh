#!/usr/bin/env bash
# Runs the molecule scenarios (or the one named), in as many groups at a time as there are cores. The scenarios of a group
# run one after the other against one local AWS, which each leaves empty.
set -euo pipefail
cd "$(dirname "$0")/.."

run() { # scenarios
  # Not local: the trap runs when this function has ended.
  state=$(mktemp -d)
  trap 'python -m sandbox --folder "$state" down >/dev/null; rm -rf "$state"' EXIT
  python -m sandbox --folder "$state" up --speed 4 >/dev/null
  eval "$(python -m sandbox --folder "$state" env)"
  # Molecule keeps its state below ANSIBLE_HOME, by name of the checkout, and finds scenarios at the root only if told.
  export ANSIBLE_HOME=$state/ansible MOLECULE_GLOB='molecule/*/molecule.yml'
  molecule test "${@/#/--scenario-name=}"
}

# Prints the output in one piece, and only on failure.
run_quietly() {
  local log
  if log=$(run "$@" 2>&1); then
    echo "molecule: $* passed"
  else
    printf '%s\nmolecule: %s failed\n' "$log" "$*"
    return 1
  fi
}

if [[ ${1:-} ]]; then
  run "$1"
  exit
fi
export -f run run_quietly
scenarios=()
for scenario in molecule/*/molecule.yml; do
  scenarios+=("$(basename "$(dirname "$scenario")")")
done
together=$(nproc)
for ((first = 0; first < together && first < ${#scenarios[@]}; first++)); do
  group=()
  for ((place = first; place < ${#scenarios[@]}; place += together)); do
    group+=("${scenarios[place]}")
  done
  echo "${group[*]}"
done | xargs -P "$together" -L 1 bash -euo pipefail -c 'run_quietly "$@"' molecule
