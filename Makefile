# `make demo` and `make test` are all one needs; each sets up the virtual environment first.
#
#   PYTHON    the interpreter for a new .venv (default: python3; 3.11 or newer)
#   ANSIBLE_CORE  2.19 to 2.22 (default: see scripts/venv.sh); better with a VENV of its own
#   VENV      where the virtual environment lives (default: .venv)
#   WORKERS   how many cores to keep busy (default: all): two test processes for each, three for integration tests,
#             because tests wait
#   SELECT    pytest's marker expression for the unit and integration tests (default: not exhaustive)
#   IN_WORKER  false: integration tests and molecule run modules in processes of their own, not in Ansible's worker
#              (default: true)
#   SCENARIO  one molecule scenario instead of all of them
#   SOAK_SECONDS  how long the soak lasts (default: 1800); SOAK_SEED repeats one
#   ACCOUNT, CONFIRM, EXPERIMENT  of `account`: the account's id, the same again, and options of `python -m tests.account`
#   BENCH     options of `python -m benchmarks`
#   CHAOS     options of `python -m chaos`: --only kills --seed 7 --rounds 20
#   TF_PLUGIN_MIRROR  a mirror of Terraform's plugins, for `bench` and the test of the README's chapter on Terraform

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV ?= .venv
SOAK_SECONDS ?= 1800
WORKERS ?= $(shell nproc)
SELECT ?= not exhaustive
export VENV PYTHON ANSIBLE_CORE
ifdef IN_WORKER
export EVERLOOK_FAILOVER_IN_WORKER := $(IN_WORKER)
endif
# The tools of the virtual environment first, and never the caller's own Ansible settings.
export PATH := $(abspath $(VENV))/bin:$(PATH)
# antsibull-docs copies amazon.aws from the virtual environment, and of a folder inside a repository only what git has.
export GIT_CEILING_DIRECTORIES := $(abspath $(VENV))
# Bytecode beside the tree: what is linted and built stays clean, and no process compiles what another has.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

.PHONY: venv
venv: ## Make or refresh the virtual environment
	@scripts/venv.sh

.PHONY: lock
lock: venv ## Lock the packages of the virtual environment, after a change of requirements (UPGRADE=--upgrade: newest versions)
	@scripts/lock.sh

.PHONY: demo
demo: venv ## Deploy the whole stack into a local AWS, twice, then break a region and watch the other take over
	@scripts/demo.sh

.PHONY: down
down: ## Stop the local AWS of the demo
	@if [[ -x $(VENV)/bin/python ]]; then python -m sandbox down; fi

# Side by side what leaves a core idle by itself; what each says stays in one piece, where make can do that. All of it at
# once takes longer: a local AWS computes as long as its test lasts.
TOGETHER := --jobs $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: test
test: venv ## Everything that must pass
	@$(MAKE) $(TOGETHER) lint unit
	@$(MAKE) $(TOGETHER) integration molecule consumer sanity

.PHONY: lint
lint: venv ## ruff, mypy, yamllint, ansible-lint (profile production), documentation, changelog
	ruff check
	ruff format --check
	mypy plugins sandbox tests benchmarks chaos scripts
	python -m scripts.options --check
	python -m scripts.build_ignore --check
	yamllint .
	python -m scripts.ansible_lint --offline
	antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs dependent --disallow-unknown-collection-refs .
	antsibull-changelog lint

# Tools of their own environments: what is tested and what it is tested with stays as it is.
.PHONY: audit
audit: venv ## Known vulnerabilities of the locked packages, and bandit's findings in the code (queries PyPI)
	@# It refuses to read two files that have the same package, and without --strict passes over what PyPI does not know.
	@for file in tests/requirements/locked/*.txt; do \
	  echo "==> $$file"; \
	  uv tool run --from pip-audit==2.10.1 pip-audit --strict --require-hashes --disable-pip --requirement "$$file"; \
	done
	@# B113 takes every variable that is called requests for the library.
	uv tool run --from bandit==1.9.4 bandit --quiet -ll --skip B113 --recursive plugins sandbox scripts

.PHONY: generate
generate: venv ## Generate argument specs, roles and docs/inventory.md from the modules' documentation
	python -m scripts.options
	python -m scripts.build_ignore

.PHONY: format
format: venv ## Format the Python files with ruff
	ruff check --fix-only
	ruff format

.PHONY: unit
unit: venv ## Tests of plans, specs, engine and sandbox
	python -m pytest -n $$((2 * $(WORKERS))) -m '$(SELECT)' tests/unit tests/sandbox

.PHONY: coverage
coverage: venv ## The unit tests, with the share of the collection that they run
	python -m pytest -n $$((2 * $(WORKERS))) --cov --cov-report=term:skip-covered --cov-report=xml:.cache/coverage.xml tests/unit

# tests/conftest.py says what runs in one process, and in which order.
.PHONY: integration
integration: venv ## Tests of layers and playbooks against the local AWS, and the soak's short form
	python -m pytest -n $$((3 * $(WORKERS))) --dist loadscope --no-loadscope-reorder -m '$(SELECT)' tests/integration tests/soak

# `.ci/run` and nightly.yml run these as well.
.PHONY: exhaustive
exhaustive: ## The rows of the tests' matrices, and the examples of properties, of which `test` runs a sample
	@$(MAKE) unit SELECT='exhaustive or hypothesis'
	@$(MAKE) integration SELECT=exhaustive

.PHONY: soak
soak: venv ## Half an hour of random breaking and healing
	SOAK_SECONDS=$(SOAK_SECONDS) python -m pytest -n0 -s tests/soak

# Every run is judged by what boto3 sees. See docs/reliability.md.
.PHONY: chaos
chaos: venv ## Disturb runs: faults, kills, two machines, interrupted drills, foreign resources, missing rights (CHAOS=--help)
	python -m chaos $(CHAOS)

.PHONY: molecule
molecule: venv ## A scenario for each role, and `default` for the whole stack
	@scripts/molecule.sh $(SCENARIO)

# Answers from AWS itself: ACCOUNT names it, and CONFIRM says so again where nobody can be asked. See docs/real-account.md.
.PHONY: account
account: venv ## Find out in a real account what AWS does not document; costs money, asks first (ACCOUNT=<id>)
	@python -m tests.account --account '$(ACCOUNT)' --confirm '$(CONFIRM)' $(EXPERIMENT)

.PHONY: bench
bench: venv ## Measure against Terraform and stock modules (BENCH=--quick: only whether it works); see benchmarks/
	@python -m pip --disable-pip-version-check install --quiet --require-hashes -r tests/requirements/locked/benchmarks.txt
	env -u PYTHONDONTWRITEBYTECODE python -m benchmarks $(BENCH)

.PHONY: build
build: venv ## Build the collection's tarball into build/
	@mkdir -p build
	ansible-galaxy collection build --force --output-path build
	python -m scripts.reproducible build/everlook-failover-*.tar.gz

.PHONY: consumer
consumer: venv ## Install the tarball into another project and use its roles by FQCN
	@tests/consumer/run.sh

.PHONY: sanity
sanity: venv ## ansible-test sanity
	@scripts/sanity.sh

.PHONY: clean
clean: down ## Remove what the commands above leave behind
	rm -rf $(VENV) .cache .sandbox build reports .mypy_cache .pytest_cache .ruff_cache .hypothesis
