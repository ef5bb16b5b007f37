# crosscheck: `make` prints the targets.
# Variables that hold spaces or parentheses (TAGS) reach the command through the environment, so they need no quoting here.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO ?= go
FUZZTIME ?= 5s
GOLANGCI_LINT_VERSION := v2.15.0
GOTESTSUM_VERSION := v1.13.0
GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
GOTESTSUM := bin/gotestsum-$(GOTESTSUM_VERSION)

# Go stamps the commit into the binaries; where git refuses to answer (a checkout that another user owns) it would stop the build.
BUILD = $(GO) build -trimpath -buildvcs=$(shell git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)
# The race detector takes a C compiler.
RACE = $(shell command -v "$$($(GO) env CC 2>/dev/null)" >/dev/null 2>&1 && echo -race)

LOCAL ?=
REMOTE ?=
TAGS ?=
LANES ?=
OUT ?=
PROFILE ?=
ECK ?=
ARGS ?=
EXIT_CODE_FILE ?=
export LOCAL REMOTE TAGS LANES OUT PROFILE ECK EXIT_CODE_FILE

.PHONY: help
help: ## print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## build bin/crosscheck and bin/balancer; only what changed is compiled
	@mkdir -p bin
	@$(BUILD) -o bin/crosscheck ./cmd/crosscheck
	@CGO_ENABLED=0 GOOS=linux $(BUILD) -ldflags '-s -w' -o bin/balancer ./cmd/balancer

# Tests that skip ask what is on the machine (an Engine, Chromium, a C compiler). Go would repeat "skipped" from its cache
# after that is there, so those packages always run. Go's own limit of ten minutes a package is short for a busy machine.
.PHONY: test
test: ## go vet and the unit tests, under the race detector; skips are listed with their reasons
	$(GO) vet ./...
	@$(if $(RACE),,echo 'no C compiler: the tests run without the race detector';) \
	if [ -x $(GOTESTSUM) ] || $(MAKE) --no-print-directory $(GOTESTSUM); then \
	  run() { $(GOTESTSUM) --format pkgname -- -timeout 30m "$$@"; }; \
	else \
	  echo 'gotestsum is not to be had: plain go test, which does not say why tests were skipped'; \
	  run() { $(GO) test -timeout 30m "$$@"; }; \
	fi; \
	asking=$$(grep -rlE --include='*_test.go' --exclude-dir=docs '\bt\.Skipf?\(' . | sed 's|^\./||' | xargs -n 1 dirname | sort -u); \
	others=$$($(GO) list -f '{{.Dir}}' ./... | sed 's|^$(CURDIR)/||' | grep -vxF "$$asking"); \
	code=0; \
	run $(RACE) $$(printf './%s ' $$others) || code=1; \
	run $(RACE) -count=1 $$(printf './%s ' $$asking) || code=1; \
	exit "$$code"

.PHONY: conformance
conformance: build ## the suite on real Elasticsearch [PROFILE=full LOCAL= REMOTE= TAGS= LANES= OUT= ECK=1 or ECK=KUBECONFIG-FILE ARGS=]
	@case "$${ECK:-0}" in 0) set -- ;; 1) set -- --eck ;; *) set -- --kubeconfig "$$ECK" ;; esac; \
	code=0; { bin/crosscheck preflight --fix $${PROFILE:+--profile "$$PROFILE"} $${LOCAL:+--local "$$LOCAL"} $${REMOTE:+--remote "$$REMOTE"} && \
	  bin/crosscheck run $${PROFILE:+--profile "$$PROFILE"} $${LOCAL:+--local "$$LOCAL"} $${REMOTE:+--remote "$$REMOTE"} $${TAGS:+--tags "$$TAGS"} \
	  $${LANES:+--lanes "$$LANES"} $${OUT:+--out "$$OUT"} "$$@" $(ARGS); } || code=$$?; \
	if [ -n "$$EXIT_CODE_FILE" ]; then echo "$$code" >"$$EXIT_CODE_FILE"; fi; \
	exit "$$code"

.PHONY: survey
survey: build ## every published line with itself, the next and the last one; goes on where it was cut [OUT= LANES= ARGS=]
	@bin/crosscheck survey --store fixtures/survey $${LANES:+--lanes "$$LANES"} $${OUT:+--out "$$OUT"} $(ARGS)

.PHONY: own-features
own-features: ## features of somebody else's beside crosscheck's steps, in docs/own-features, on a real pair
	cd docs/own-features && $(GO) vet ./... && $(GO) test -count=1 -timeout 20m ./...

PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
.PHONY: vet-platforms
vet-platforms: ## go vet for every platform that crosscheck runs on
	@for p in $(PLATFORMS); do echo "go vet for $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 $(GO) vet ./...; done

.PHONY: lint
lint: $(GOLANGCI_LINT) ## golangci-lint, a pinned release: the arrows of the house, lines, complexity, formatting
	$(GOLANGCI_LINT) run ./...
	$(GOLANGCI_LINT) fmt --diff

.PHONY: verify
verify: build vet-platforms lint ## what a commit must leave as it is: go.mod, generated files, NOTICE, lint, formatting
	$(GO) mod tidy -diff
	cd docs/own-features && $(GO) mod tidy -diff
	@before=$$(mktemp); cp guides/check/rest/apis.txt "$$before"; $(GO) generate ./...; \
	if ! cmp -s "$$before" guides/check/rest/apis.txt; then mv "$$before" guides/check/rest/apis.txt; \
	  echo 'guides/check/rest/apis.txt is not what generate.go writes: make fix'; exit 1; fi; rm -f "$$before"
	.ci/notice --check
	@bin/crosscheck changes --markdown | cmp -s - docs/changes.md || { echo 'docs/changes.md is not what the survey says: make fix'; exit 1; }

.PHONY: fix
fix: build $(GOLANGCI_LINT) ## write what verify checks: go.mod, generated files, NOTICE, formatting
	$(GO) mod tidy
	cd docs/own-features && $(GO) mod tidy
	$(GO) generate ./...
	$(GOLANGCI_LINT) fmt
	.ci/notice
	bin/crosscheck changes --markdown --out docs/changes.md

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (5s)
	@grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/' | sort | \
	while IFS=: read -r file target; do \
	  echo "$$target ($$(dirname "$$file"))"; \
	  $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" </dev/null; \
	done

.PHONY: clean
clean: ## remove bin/, out/ and what a run left in the Docker Engine
	-@$(GO) run ./cmd/crosscheck clean
	rm -rf bin out

# An install goes to a folder of its own first, so that a stopped one leaves no half a tool behind.
$(GOLANGCI_LINT):
	@mkdir -p bin/.install
	GOBIN="$(CURDIR)/bin/.install" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv bin/.install/golangci-lint $@ && rmdir bin/.install

$(GOTESTSUM):
	@mkdir -p bin/.install
	GOBIN="$(CURDIR)/bin/.install" $(GO) install gotest.tools/gotestsum@$(GOTESTSUM_VERSION)
	@mv bin/.install/gotestsum $@ && rmdir bin/.install
