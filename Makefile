# Gatehouse: `make setup` once, then `make dev`. Every target is explained in one line by `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
CARGO ?= cargo
NPM ?= npm
NODE_CLIENTS := tests/clients/node
NODE_PACKAGES := $(NODE_CLIENTS)/node_modules/.ready examples/node_modules/.ready
RIVALS := tests/rivals/node_modules/.ready
STACK := PYTHONPATH=tests .venv/bin/python -m stack
# Test processes: each waits for the functions more than it computes.
TEST_WORKERS ?= 4
# Those of `make faults` mostly wait.
FAULT_WORKERS ?= 8
STACK_NAME ?= gatehouse
# The browser of the tests, and what makes the clocks of functions wrong; where they are missing they are installed from
# Debian.
export CHROMIUM ?= /usr/bin/chromium
export LIBFAKETIME ?= /usr/lib/$(shell uname -m)-linux-gnu/faketime/libfaketime.so.1
# A Region has to be known even to check the template.
SAM := AWS_DEFAULT_REGION=$${AWS_REGION:-$${AWS_DEFAULT_REGION:-us-east-1}} SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
# cargo-lambda is a subcommand of cargo, found by the path.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup dev dev-reset test faults test-deployed lint lint-code lint-template compatibility screenshots build deploy deploy-local access-key bench fuzz

help: ## This list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# --- Tools -------------------------------------------------------------------------------------------------------

setup: .venv/.ready .venv-local-aws/.ready .venv-sam/.ready $(NODE_PACKAGES) $(CHROMIUM) $(LIBFAKETIME) ## What the other targets need; instant when it is there.

# Pinned packages, each set in an environment of its own, because their dependencies disagree.
define python_environment
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is missing; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $$($(PYTHON) --version) is too old; install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing $< into $(@D) …"
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D) || { echo "error: Python's venv module does not work; on Debian install python3-venv" >&2; exit 1; }
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
endef

.venv/.ready: tests/requirements/clients.txt
	@command -v $(CARGO) >/dev/null || { echo "error: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }
	$(python_environment)

.venv-local-aws/.ready: tests/requirements/local-aws.txt
	$(python_environment)

.venv-sam/.ready: tests/requirements/sam.txt
	$(python_environment)

.venv-rivals/.ready: tests/requirements/rivals.txt
	$(python_environment)

$(NODE_PACKAGES) $(RIVALS): %/node_modules/.ready: %/package.json %/package-lock.json
	@command -v node >/dev/null && command -v $(NPM) >/dev/null || { echo "error: node or npm is missing; install Node.js 20 or newer" >&2; exit 1; }
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' \
		|| { echo "error: Node.js $$(node --version) is too old; install 20 or newer" >&2; exit 1; }
	@echo "Installing $*/package-lock.json …"
	@cd $* && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

# $(1): Debian's package; $(2): the variable that names what is in it.
define debian_package
	@command -v apt-get >/dev/null || { echo "error: $@ is missing; install $(1), or name it: make $(2)=…" >&2; exit 1; }
	@echo "Installing $(1) …"
	@$$(test "$$(id -u)" = 0 || echo sudo) sh -c 'apt-get update -qq && apt-get install -qq --yes --no-install-recommends $(1)' >/dev/null
endef

$(CHROMIUM):
	$(call debian_package,chromium,CHROMIUM)

# After the other: Debian installs one at a time.
$(LIBFAKETIME): | $(CHROMIUM)
	$(call debian_package,libfaketime,LIBFAKETIME)

# --- Development -------------------------------------------------------------------------------------------------

dev: .venv/.ready .venv-local-aws/.ready ## Serve everything on PORT (9000), rebuilt on change; RELEASE=1: optimized, INSTANCES (2) each.
ifeq ($(RELEASE),1)
	@$(STACK) dev --profile release --prebuilt --instances $(or $(INSTANCES),2)
else
	@$(STACK) dev
endif

dev-reset: .venv/.ready ## Forget what `make dev` has stored.
	@$(STACK) reset

lint: lint-code lint-template ## Formatting, clippy, template.yaml.

lint-code:
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path tests/fuzz/Cargo.toml --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

lint-template: .venv-sam/.ready
	$(SAM) validate --lint

compatibility: ## Write docs/COMPATIBILITY.md anew from operations.toml.
	$(CARGO) run --package gatehouse-tests --bin compatibility

# What is installed comes over the network while clippy computes.
# Functions and tests in one build: apart, the tests' own features of tokio would have every package built twice.
test: ## Everything that has to hold, against a stack of its own.
	$(MAKE) --no-print-directory -j4 lint setup
	$(CARGO) build --workspace --bins --tests --locked
	$(CARGO) test --workspace --locked
	$(STACK) run --tap --keep-logs target/stack-logs -- $(MAKE) --no-print-directory clients
	$(STACK) deploy-local --no-build --keep-logs target/deployed-logs -- $(MAKE) --no-print-directory smoke

# Against a running stack, whose addresses are in the environment: `source .dev/env` has most of them.
.PHONY: clients
clients:
	.venv/bin/python -m pytest -c tests/pytest.ini -n $(TEST_WORKERS) tests/clients/python
	node --test $(NODE_CLIENTS)/*.test.mjs
	.venv/bin/python -m pytest -c tests/pytest.ini -q tests/policies tests/secrets

# Apart from `test`, which it would make longer than CI may take; FAULTS="-k SignUp": of these operations.
faults: setup ## Every operation × every call of AWS that it makes × everything that can go wrong with one; functions have to be built.
	GATEHOUSE_FAULTS=all PYTHONPATH=tests:tests/clients/python .venv/bin/python -m stack run -- \
		.venv/bin/python -m pytest -c tests/pytest.ini -n $(FAULT_WORKERS) --dist worksteal -q -p fault_table $(FAULTS) \
		$(addprefix tests/clients/python/test_,faults.py fault_triggers.py fault_web.py clock_skew.py)

# More than `test` does at its end, and longer.
test-deployed: setup ## Deploys template.yaml to a local AWS and goes through all of it; functions have to be built.
	$(STACK) deploy-local --no-build --keep-logs target/deployed-logs -- $(MAKE) --no-print-directory deployed

# Against a deployed stack: a user signs up, signs in by every way of an application, and puts photos into a bucket.
.PHONY: smoke
smoke:
	.venv/bin/python -m pytest -c tests/pytest.ini -n 2 -q -k "not aws_cli" tests/deployed tests/clients/python/test_story.py \
		tests/clients/python/test_oauth.py::test_a_user_signs_in_and_the_application_gets_tokens
	node --test $(NODE_CLIENTS)/credentials.test.mjs

# Against a deployed stack: a story from sign-up to photos through every part of it. MiniStack answers preflights of browsers
# itself, and refuses them: what needs one is left out.
.PHONY: deployed
deployed:
	.venv/bin/python -m pytest -c tests/pytest.ini -n 2 -q -k 'not preflights' tests/deployed \
		$(addprefix tests/clients/python/test_,story.py sign_up.py oauth.py)
	node --test $(NODE_CLIENTS)/identity.test.mjs $(NODE_CLIENTS)/credentials.test.mjs
	node --test --test-name-pattern=single-page $(NODE_CLIENTS)/examples.test.mjs

screenshots: setup ## Take the pictures of docs/screenshots anew; functions have to be built.
	SCREENSHOTS=$(CURDIR)/docs/screenshots $(STACK) run -- node --test --test-name-pattern=axe $(NODE_CLIENTS)/looks.test.mjs

bench: .venv/.ready .venv-local-aws/.ready .venv-rivals/.ready $(RIVALS) ## Round trips on the wire, latencies, cold starts and sizes of the release build.
	$(CARGO) build --package gatehouse-functions --package gatehouse-tests --bins --release --locked
	@$(STACK) bench --write

# Where the project's Rust is stable, its compiler has to be told that flags of LLVM are meant. Without sanitizers, which would
# need the standard library built anew: Rust without `unsafe` has little for them to find.
CARGO_FUZZ := target/tools/bin/cargo-fuzz
TARGET ?= $(basename $(notdir $(wildcard tests/fuzz/fuzz_targets/*.rs)))
fuzz: $(CARGO_FUZZ) ## Inputs at random, guided by what they reach: SECONDS=60 of each TARGET (tests/fuzz/fuzz_targets).
	@failed=; for target in $(TARGET); do \
		echo "Fuzzing $$target …"; \
		mkdir -p target/fuzz/corpus/$$target target/fuzz/found/$$target; \
		RUSTC_BOOTSTRAP=1 $(CARGO_FUZZ) run --fuzz-dir tests/fuzz --target-dir target/fuzz --sanitizer none --no-cfg-fuzzing $$target \
			target/fuzz/corpus/$$target tests/fuzz/seeds/$$target -- -artifact_prefix=target/fuzz/found/$$target/ \
			-max_total_time=$(or $(SECONDS),60) -max_len=8192 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 || failed="$$failed $$target"; \
	done; test -z "$$failed" || { echo "error: found something:$$failed" >&2; exit 1; }

$(CARGO_FUZZ):
	$(CARGO) install cargo-fuzz --version =0.13.2 --locked --quiet --root target/tools

# --- Deployment --------------------------------------------------------------------------------------------------

build: .venv/.ready .venv-sam/.ready ## Every function once, release for arm64 with link-time optimization (20 minutes on 2 cores), then what `make deploy` takes.
	cargo-lambda lambda build --package gatehouse-functions --release --arm64 --locked
	$(SAM) build

# PARAMETERS="EmailFrom=… DomainName=…" answers sam's questions beforehand; samconfig.toml remembers them.
deploy: .venv/.ready .venv-sam/.ready ## `make build` first. Deploys, and prints the first access key once.
	@test -n "$${AWS_REGION:-$${AWS_DEFAULT_REGION:-}}" || { echo "error: say where to: AWS_REGION=eu-west-1 make deploy" >&2; exit 1; }
	@test -d .aws-sam/build || { echo "error: nothing is built yet; run make build" >&2; exit 1; }
	@sed -E "s/^( *DeployedAt: ).*/\1'$$(date -u +%FT%TZ)'/" .aws-sam/build/template.yaml > .aws-sam/build/template.stamped
	@mv .aws-sam/build/template.stamped .aws-sam/build/template.yaml
ifdef PARAMETERS
	$(SAM) deploy --stack-name $(STACK_NAME) --resolve-s3 --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
		--no-confirm-changeset --no-fail-on-empty-changeset --parameter-overrides $(PARAMETERS)
else
	$(SAM) deploy --stack-name $(STACK_NAME) --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
		$(if $(wildcard samconfig.toml),--resolve-s3,--guided)
endif
	@$(STACK) first-key --stack-name $(STACK_NAME)

# The very same template, with this machine's builds; CloudFront is played by tests/stack/edge.mjs.
deploy-local: .venv/.ready .venv-local-aws/.ready .venv-sam/.ready ## Deploys to a local AWS without containers, and serves it on PORT until Ctrl-C.
	@$(STACK) deploy-local

# For example ACTIONS="ListUsers AdminGetUser" POOLS=us-east-1_AbCdEf123 DESCRIPTION="nightly report"; make passes them on.
access-key: .venv/.ready ## Another access key of the deployed stack, printed once; ACTIONS, POOLS: for these only; DESCRIPTION.
	@test -n "$${AWS_REGION:-$${AWS_DEFAULT_REGION:-}}" || { echo "error: say where: AWS_REGION=eu-west-1 make access-key" >&2; exit 1; }
	@$(STACK) access-key --stack-name $(STACK_NAME)
