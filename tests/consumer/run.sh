#!/usr/bin/env bash
# Builds the collection, installs the tarball into a project of its own, and uses its roles and playbooks from there.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
project=$(mktemp -d)
# A sandbox of its own: a demo that is up is left alone.
state=$project/.sandbox
cleanup() {
  (cd "$root" && python -m sandbox --folder "$state" down >/dev/null) || true
  rm -rf "$project"
}
trap cleanup EXIT

ansible-galaxy collection build --output-path "$project" "$root" >/dev/null
python tests/consumer/check_artifact.py "$project"/everlook-failover-*.tar.gz
cp tests/consumer/roles.yml tests/consumer/between.yml "$project/"
cp -R inventories "$project/"

python -m sandbox --folder "$state" up >/dev/null
eval "$(python -m sandbox --folder "$state" env)"

cd "$project"
export ANSIBLE_HOME=$project/.ansible ANSIBLE_COLLECTIONS_PATH=$project/collections
unset ANSIBLE_CONFIG
ansible-galaxy collection install --offline -p collections everlook-failover-*.tar.gz
echo "==> roles by FQCN, in another project's playbook"
ansible-playbook roles.yml -i us-east-1,
echo "==> a task between two layers, with the variables of an inventory"
ansible-playbook between.yml -i inventories/dev
echo "==> the collection's own playbooks, by FQCN"
ansible-playbook everlook.failover.site -i inventories/dev
echo "==> from git, with the requirements.yml of the README"
sed -n '/^# requirements.yml/,/^```/p' "$root/README.md" | sed -e '$d' -e 's/version: .*/version: HEAD/' \
  -e "s|https://github.com/everlook/failover.git|file://$root|" >requirements.yml
ansible-galaxy collection install --no-deps -p from-git -r requirements.yml
test -f from-git/ansible_collections/everlook/failover/plugins/modules/vpc.py
test -z "$(find collections/ansible_collections/everlook -name '*.pyc' -newer roles.yml -print -quit)"
echo "consumer: the tarball works on its own"
