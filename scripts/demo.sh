#!/usr/bin/env bash
# Deploys inventories/dev into a local AWS, and deploys it again to show that nothing is left to do.
set -euo pipefail
cd "$(dirname "$0")/.."

say() {
  printf '\n==> %s\n' "$*"
}

say "Starting a local AWS (python -m sandbox up)"
python -m sandbox up
eval "$(python -m sandbox env)"

say "Deploying two regions and the DNS: ansible-playbook site.yml -i inventories/dev"
ansible-playbook site.yml -i inventories/dev

say "The same command again: nothing to do"
ansible-playbook site.yml -i inventories/dev

cat <<TEXT

==> The stack stays up until \`make down\`. To go on in this shell:

    source ${VENV:-.venv}/bin/activate
    eval "\$(python -m sandbox env)"
    ansible-playbook site.yml -i inventories/dev --check --diff
    ansible-playbook destroy.yml -i inventories/dev -e confirm=dev
TEXT
