#!/usr/bin/env bash
# Makes the virtual environment, and refreshes it when the requirements change.
#
#   VENV    where it lives (default: .venv)
#   PYTHON  the interpreter to build it with (default: that of the existing
#           environment, else python3). Another one replaces the environment.
#   ANSIBLE_CORE  2.19 to 2.22: a file in tests/requirements/ (default: 2.19 on
#           Python 3.11, which later ones have dropped, else 2.21)
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-.venv}
locked=tests/requirements/locked

fail() {
  printf 'venv: %s\n' "$@" >&2
  exit 1
}

# pyenv puts a shim on the PATH that only runs in a version pyenv was told to use.
resolve() {
  local version
  if ! identity "$1" >/dev/null && [[ $1 =~ ^python3\.[0-9]+$ ]] && command -v pyenv >/dev/null; then
    version=$(pyenv versions --bare | grep -E "^${1#python}(\.[0-9]+)?$" | tail -n 1) || true
    if [[ -n $version ]]; then
      printf '%s/bin/python\n' "$(PYENV_VERSION=$version pyenv prefix)"
      return
    fi
  fi
  printf '%s\n' "$1"
}

pick_python() {
  if [[ -n ${PYTHON:-} ]]; then
    resolve "$PYTHON"
  elif [[ -x $venv/bin/python ]] && "$venv/bin/python" -c '' 2>/dev/null; then
    printf '%s\n' "$venv/bin/python"
  else
    printf 'python3\n'
  fi
}

# Version and installation: the same for an interpreter and for an environment made from it.
identity() {
  "$1" -c 'import sys; print(sys.version.split()[0], sys.base_prefix)' 2>/dev/null
}

check_python() {
  command -v "$1" >/dev/null || fail "there is no $1. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.12 ..."
  identity "$1" >/dev/null || fail "$1 does not run. Name another Python: make PYTHON=/path/to/python3.12 ..."
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$1 is Python $("$1" -c 'import platform; print(platform.python_version())'), but 3.11 or newer is needed. Name one: make PYTHON=python3.12 ..."
}

create() {
  local python=$1
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments (no venv or ensurepip)." \
      "On Debian and Ubuntu: apt-get install python3-venv (or python3.X-venv, for the Python you named)."
  if [[ -d $venv ]]; then
    # A sandbox that was started from the old environment would outlive its own files.
    [[ -d .sandbox && -d sandbox ]] && "$venv/bin/python" -m sandbox down >/dev/null 2>&1
    rm -rf "$venv"
  fi
  echo "==> $venv: new virtual environment with $(identity "$python" | cut -d' ' -f1)"
  "$python" -m venv "$venv"
}

ansible_core() {
  if [[ -n ${ANSIBLE_CORE:-} ]]; then
    printf '%s\n' "$ANSIBLE_CORE"
  elif "$1" -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then
    printf '2.19\n'
  else
    printf '2.21\n'
  fi
}

# uv takes a tenth of pip's time. Where it cannot be had, pip does the same. Both install what is locked, by its hashes.
install() {
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check)
  echo "==> $venv: installing $requirements"
  if { [[ -x $venv/bin/uv ]] || "${pip[@]}" install --quiet --require-hashes -r "$locked/uv.txt" 2>/dev/null; } &&
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$requirements"; then
    return
  fi
  echo "==> $venv: uv did not do it, so pip does: this takes about a minute"
  "${pip[@]}" install --quiet --require-hashes -r "$requirements"
}

python=$(pick_python)
check_python "$python"
core=$(ansible_core "$python")
requirements="$locked/ansible-core-$core.txt"
[[ -f $requirements ]] ||
  fail "there is no $requirements. Choose from: $(cd "$locked" && echo ansible-core-*.txt)"
wanted=$(identity "$python")
if [[ ! -x $venv/bin/python || $(identity "$venv/bin/python") != "$wanted" ]]; then
  create "$python"
fi
stamp="$wanted $core $(cksum <"$requirements")"
if [[ ! -f $venv/.stamp || $(<"$venv/.stamp") != "$stamp" ]]; then
  rm -f "$venv/.stamp"
  install
  printf '%s\n' "$stamp" >"$venv/.stamp"
fi
