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

python -m sandbox --folder "$state" up --speed 10 >/dev/null
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
echo "==> what they say in the end, once and in lines, with callbacks that print results"
ends() { # callback, what is said in the end, playbook, arguments
  local callback=$1 says=$2 playbook=$3
  shift 3
  ANSIBLE_STDOUT_CALLBACK=$callback ansible-playbook "everlook.failover.$playbook" -i inventories/dev "$@" >said.log 2>&1 ||
    { cat said.log; return 1; }
  test "$(grep -c "$says" said.log)" = 1 || { cat said.log; echo "consumer: not said once: $says"; return 1; }
}
ends minimal "^us-west-1 serves dev.example.com after .* seconds" switch -e to=us-west-1
ends oneline "^us-west-1 already serves dev.example.com" switch -e to=us-west-1
ends oneline "^Health decides again" switch -e to=auto
ends minimal "^Drill passed: block_alb of us-east-1, taken over by us-west-1" drill
# On a busy machine a checker may just have had no answer in time, and status says that.
ends oneline "^All is well: us-east-1 serves, us-west-1 stands by\|^us-[a-z]*-1 is healthy, but failed at" status
ends minimal "^Changes made: 4 changed" release -e image=public.ecr.aws/docker/library/httpd:2.4
ends oneline "^Changes made: 2 changed" rollback
test -f reports/dev/drill.json && test -f reports/dev/plan.md
echo "==> from git, with the requirements.yml of the README"
sed -n '/^# requirements.yml/,/^```/p' "$root/README.md" | sed -e '$d' -e 's/version: .*/version: HEAD/' \
  -e "s|https://github.com/everlook/failover.git|file://$root|" >requirements.yml
ansible-galaxy collection install --no-deps -p from-git -r requirements.yml
test -f from-git/ansible_collections/everlook/failover/plugins/modules/vpc.py
test -z "$(find collections/ansible_collections/everlook -name '*.pyc' -newer roles.yml -print -quit)"
echo "consumer: the tarball works on its own"
