#!/usr/bin/env bash
# Deploys inventories/dev into a local AWS, deploys it again to show that there is nothing to do, and breaks the region that
# serves to show that the other one takes over.
#
#   SPEED  divides every waiting time of the local AWS (default: 10)
set -euo pipefail
cd "$(dirname "$0")/.."

# Health checks fail on a machine that is too slow for SPEED: `status` says so, with the remedy.
slow() {
  python -m sandbox status | grep 'too slow' || true
}
trap slow ERR

say() {
  printf '\n==> %s\n' "$*"
}

say "Starting a local AWS (python -m sandbox up)"
python -m sandbox up --speed "${SPEED:-10}"
eval "$(python -m sandbox env)"

say "Deploying two regions and the DNS: ansible-playbook site.yml -i inventories/dev"
ansible-playbook site.yml -i inventories/dev

say "The same command again: nothing to do"
ansible-playbook site.yml -i inventories/dev

say "A drill: the region that serves is shut off, and healed again: ansible-playbook drill.yml -i inventories/dev"
ansible-playbook drill.yml -i inventories/dev

slow
cat <<TEXT

==> All of it is drawn on a page of your own: $PWD/reports/dev/index.html

    The stack stays up until \`make down\`. To go on in this shell:

    source ${VENV:-.venv}/bin/activate
    eval "\$(python -m sandbox env)"
    curl --connect-to "::\$(python -m sandbox address dev.example.com 443)" https://dev.example.com/
    ansible-playbook status.yml -i inventories/dev
    python -m sandbox break us-east-1        # and status.yml again; python -m sandbox heal
    ansible-playbook switch.yml -i inventories/dev -e to=us-west-1
    ansible-playbook destroy.yml -i inventories/dev -e confirm=dev
TEXT
