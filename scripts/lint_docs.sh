#!/usr/bin/env bash
# Runs `antsibull-docs lint-collection-docs` over a copy of what is published.
#
# antsibull-docs takes an action plugin that is a link for a redirect of the module of that name, and then looks for all
# options in the module it links to. Action plugins have no documentation, so the copy is without them.
#
#   VENV  the virtual environment (default: .venv)
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(cd "${VENV:-.venv}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$venv/bin/ansible-galaxy" collection build --output-path "$work/build" . >/dev/null
mkdir "$work/copy"
tar -xzf "$work"/build/*.tar.gz -C "$work/copy"
find "$work/copy/plugins/action" -type l -delete

# It copies amazon.aws from the virtual environment, and of a folder inside a repository only what git has.
export GIT_CEILING_DIRECTORIES=$venv PATH=$venv/bin:$PATH
antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs dependent \
  --disallow-unknown-collection-refs "$work/copy"
