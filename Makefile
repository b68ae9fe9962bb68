# The front door. `make` lists the targets; what they do is in sandbox/ and tests/, recipes only call it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
SANDBOX := $(PYTHON) -m sandbox
PYTEST := $(PYTHON) -m pytest
IMAGE ?= docker.io/longshore/agents:1.0.0
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Where it is set, every start of Ansible compiles Ansible anew: half of what a short run takes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help bootstrap operator sandbox up down clean status collect image push run test test-unit test-ansible test-server \
	test-properties test-state test-api test-sandbox test-aws test-engine test-image test-docs test-page test-conformance \
	test-roles test-e2e test-policy test-machine test-arm lint lint-sources lint-playbooks recording lock bench \
	bench-zero-drop bench-throughput bench-unchanged-deploy bench-fresh-host bench-agents bench-costs bench-host-memory

help: ## list the targets
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)$$/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

bootstrap:
	@sandbox/bootstrap.sh

operator: ## only what the playbooks need, in .venv: for your own servers and AWS, without a sandbox
	@sandbox/bootstrap.sh operator
	@echo "ready: . .venv/bin/activate"

# Without a host in it.
sandbox: bootstrap
	@$(SANDBOX) up

up: sandbox ## the main job: sandbox, image, provision, configure, deploy; prints the address to open
	@$(SANDBOX) site

down: bootstrap ## stop the sandbox; leaves no process, container, network, volume or mount of it
	@$(SANDBOX) down

clean: ## the same, and remove its images, its state, caches and .venv
	@if [ -x $(PYTHON) ]; then $(SANDBOX) clean; fi
	@rm -rf .venv .cache .ansible build .mypy_cache .ruff_cache .pytest_cache .hypothesis

status: bootstrap ## what of the sandbox runs, hosts and addresses, and what is wrong
	@$(SANDBOX) status

collect: bootstrap ## copy logs of processes, hosts and replicas into .sandbox/collected
	@$(SANDBOX) collect .sandbox/collected

image: bootstrap ## build the application's image: make image IMAGE=docker.io/you/agents:1.0.0
	@$(SANDBOX) build $(IMAGE)

push: bootstrap ## build and push it; docker.io/longshore/* goes to the sandbox's Docker Hub, else where the name says
	@$(SANDBOX) push $(IMAGE)

run: bootstrap ## the application alone on port 5000; DEV=1 reloads app/, DATABASE=postgresql starts a PostgreSQL beside it
	@$(SANDBOX) run $(if $(DEV),--dev) $(if $(DATABASE),--database $(DATABASE))

lint: lint-sources lint-playbooks ## ruff, mypy --strict, lint-imports, shellcheck, yamllint, ansible-lint

lint-sources: bootstrap
	@ruff check . && ruff format --check .
	@git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
	@yamllint --strict .
	@mypy -p engine -p sandbox -p app -p ansible_collections.longshore.app.plugins
	@PYTHONPATH=.ansible/collections lint-imports --no-cache --no-logo

# It starts Ansible for each playbook and role: an inventory that is quickly read.
lint-playbooks: bootstrap
	@ANSIBLE_INVENTORY_ENABLED=ansible.builtin.yaml ANSIBLE_INVENTORY=tests/roles/shared/inventory.yml ansible-lint --offline

test: bootstrap ## everything: lint, then every test, against the sandbox
	@$(MAKE) --jobs 3 lint sandbox
	@$(PYTEST) --numprocesses 3 --dist loadscope --no-loadscope-reorder --verbose

test-unit: bootstrap ## the inner loop: tests in which nothing real runs, in under a minute
	@$(PYTEST) tests/unit --numprocesses 2 --dist loadscope --durations 5

test-ansible: bootstrap ## what an operator sees of Ansible: playbooks, modules, inventory, output
	@$(PYTEST) tests/ansible --numprocesses 3 --dist loadscope

test-server: bootstrap ## the application in real processes: gunicorn, clients as people have them
	@$(PYTEST) tests/server --numprocesses 3 --dist loadscope

test-properties: bootstrap ## the reader of tasks comes to an end whatever it is given
	@$(PYTEST) tests/properties

test-state: bootstrap ## the agents' state: replicas that end, databases that fail; SQLite and PostgreSQL
	@$(PYTEST) tests/state

test-api: bootstrap ## the interface for programs against its document, by schemathesis, and bad input of all kinds
	@$(PYTEST) tests/api

test-sandbox: bootstrap ## the sandbox itself, on real parts
	@$(PYTEST) tests/sandbox

test-aws: bootstrap ## provisioning and teardown against an account of the tests' own
	@$(PYTEST) tests/aws

test-engine: bootstrap ## the release engine on a real Docker
	@$(PYTEST) tests/engine

test-image: bootstrap ## the application's image
	@$(PYTEST) tests/image

test-docs: bootstrap ## links, files, targets and playbooks that the documents name; the workflow by zizmor and actionlint
	@$(PYTEST) tests/docs

test-page: bootstrap ## the page in Chromium: behaviour, keyboard, phone, contrast, bytes
	@$(PYTEST) tests/page

test-roles: bootstrap ## each host role in four runs
	@$(PYTEST) tests/roles

test-conformance: bootstrap ## A2A's conformance kit against the agents: make test-conformance KIT=/path/to/a2a-tck
	@$(PYTHON) -m tests.conformance $(KIT)

test-policy: sandbox ## what listens, file modes, headers, container flags on the running hosts
	@$(PYTEST) tests/policy

test-e2e: sandbox ## releases, failures and rollback under load
	@$(PYTEST) tests/e2e

# Outside `make test`: emulated, each takes an hour or more.
test-machine: bootstrap ## `make up` in a fresh Debian 13 with cgroup v2, emulated; or RUN="make up && make test-e2e"
	@$(PYTHON) -m tests.emulated.machine $(if $(KEPT),--kept) "$${RUN:-make up}"

test-arm: bootstrap ## releases of an arm64 image on an emulated aarch64 server
	@$(PYTHON) -m tests.emulated.arm

bench: bench-throughput bench-unchanged-deploy bench-fresh-host bench-agents bench-costs bench-host-memory ## the measured promises; results go to docs/benchmarks.md

bench-throughput: up ## requests per second: unix socket against published port and bare gunicorn
	@$(PYTHON) -m tests.bench.throughput

bench-unchanged-deploy: up ## a deploy with nothing to do against ansible's ping
	@$(PYTHON) -m tests.bench.unchanged_deploy

bench-fresh-host: up ## configuring a fresh host against installing the same packages by hand
	@$(PYTHON) -m tests.bench.fresh_host

bench-agents: bootstrap ## the agents: memory, start, a simple task, 200 streams, and / against a bare Flask view
	@$(PYTHON) -m tests.bench.agents

bench-costs: bootstrap ## limits of time: counting, traces, reading, a model's calls, the first answer on the page
	@$(PYTEST) tests/bench/costs.py tests/bench/reading_time.py

bench-host-memory: up ## all that a host with PostgreSQL and four replicas holds
	@$(PYTHON) -m tests.bench.host_memory

bench-zero-drop: up ## 100 releases and a million requests; takes long
	@$(PYTHON) -m tests.bench.zero_drop

recording: bootstrap ## record the README's terminal, screenshot and transcript from a real run; starts the sandbox anew
	@$(PYTHON) -m tests.recording

lock: bootstrap ## pin dependencies anew: requirements/*.in -> requirements/*.txt
	@for name in uv application operator development; do \
		.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links requirements/$$name.in --output-file requirements/$$name.txt; \
	done
