#!/usr/bin/env bash
# Runs `ansible-test sanity` over a copy of the published files.
#
# ansible-test needs .../ansible_collections/<namespace>/<name> as a git repository (inside an
# ignored folder it finds nothing to test, and succeeds), and the required collections beside it.
#
#   VENV  the virtual environment (default: .venv)
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
venv=$(cd "${VENV:-.venv}" && pwd)
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# Test environments are kept between runs; their own home keeps the stub below out of the user's.
home=${XDG_CACHE_HOME:-$HOME/.cache}/everlook-failover
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy_published_files() {
  local copy=$work/ansible_collections/everlook/failover
  mkdir -p "$copy" "$work/ansible_collections/amazon" "$work/build"
  "$venv/bin/ansible-galaxy" collection build --output-path "$work/build" "$root" >/dev/null
  tar -xzf "$work"/build/*.tar.gz -C "$copy"
  rm "$copy/MANIFEST.json" "$copy/FILES.json"
  cp "$root/galaxy.yml" "$copy/"
  cp -R "$root/changelogs/fragments" "$copy/changelogs/"
  mkdir -p "$copy/tests"
  cp "$root/tests/config.yml" "$copy/tests/"
  cp -R "$site/ansible_collections/amazon/aws" "$work/ansible_collections/amazon/"
  git -C "$copy" init --quiet
  git -C "$copy" add --all
  cd "$copy"
}

# ansible-test downloads pip for its environments; Python includes one.
seed_pip() {
  local version cache=$home/.ansible/test/cache
  mkdir -p "$cache"
  while read -r version; do
    printf 'import ensurepip\nensurepip.bootstrap()\n' >"$cache/get_pip_${version//./_}.py"
  done < <(grep -oP "\bpip='\K[0-9.]+" "$site/ansible_test/_internal/python_requirements.py")
}

# pyenv has shims for every Python but runs only one, which ansible-test takes for a failure.
run() {
  local path
  path=$(tr ':' '\n' <<<"$PATH" | grep -v '/shims$' | paste -sd ':')
  env HOME="$home" XDG_CONFIG_HOME="${XDG_CONFIG_HOME:-$HOME/.config}" PATH="$venv/bin:$path" \
    "$venv/bin/ansible-test" sanity --color no "$@" 2>&1
}

# Half of the time would go into importing each file of module_utils alone. tests/unit/test_imports.py imports all of them
# in a second, under the same conditions, and modules and plugins import them here.
all_tests() {
  if (($#)); then
    run "$@"
  else
    run --skip-test import && run --test import --exclude plugins/module_utils/
  fi
}

copy_published_files
seed_pip
log=$work/log
pip_chatter='^(  |Collecting|Downloading|Installing collected|Looking in|Processing|Successfully installed|Using cached)'
status=0
all_tests "$@" | tee "$log" | grep -vE "$pip_chatter" || status=$?
ran=$(grep -c "^Running sanity test" "$log" || true)
if ((status)); then
  echo "sanity: ansible-test failed ($ran tests ran)" >&2
  exit "$status"
fi
if grep -q "All targets skipped" "$log" || ((ran < 20 && $# == 0)); then
  echo "sanity: ansible-test says it passed, but ran only $ran tests" >&2
  exit 1
fi
echo "sanity: $ran tests, all passed"
