# The tasks of this repository. `make` alone lists them.

GO ?= go

.DEFAULT_GOAL := help
.PHONY: help demo build test test-all torture lint storybook screenshots styles bench bench-all bench-compare cover clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build and run the demonstration: the whole story on one machine, then a server to look at
	@$(GO) build -buildvcs=false -o bin/rekey ./cmd/rekey && exec bin/rekey demo

build: ## build the one binary into bin/
	$(GO) build -o bin/rekey ./cmd/rekey

test: ## run the whole suite, as CI does: the race detector where there is concurrency
	@scripts/test

test-all: ## run it thoroughly, once a night: the race detector everywhere, every view, many kills
	@SUITE_THOROUGH=1 scripts/test

torture: ## ten minutes of crashes and faults on each database, with a report
	@$(GO) build -buildvcs=false -o bin/torture ./torture
	@bin/torture -database sqlite -kills 200
	@bin/torture -database postgres -nodes 3 -kills 200

lint: ## check format, vet, golangci-lint and, where its database can be reached, govulncheck
	@scripts/lint

storybook: ## serve every page in every state, from fixtures
	@$(GO) run ./scripts/storybook

screenshots: ## take pictures of every story, arranged on sheets: artefacts/screenshots
	@$(GO) run ./scripts/screenshots -sheets 1480

styles: ## cut the style sheet of Tabler down to what the pages use
	@$(GO) run ./scripts/cutstyles

bench: ## measure the figures of the README, on both databases
	@$(GO) run ./bench

bench-all: ## measure everything, also a run over a million people
	@$(GO) run ./bench -rows all

# Three rounds differ at a level of 0.1 if the two sides do not overlap.
measured = $(shell sed -n 's/^commit: //p' bench/history.txt | uniq | tail -n 2)
OLD = $(firstword $(measured))
NEW = $(lastword $(measured))
bench-compare: ## compare two commits of bench/history.txt: OLD=… NEW=…, or the last two
	@$(GO) tool -modfile=tools/bench/go.mod benchstat -table database,machine -row .fullname -col commit \
		-alpha 0.11 -confidence 0.75 -filter 'commit:("$(OLD)" OR "$(NEW)")' bench/history.txt

cover: ## run the tests and write coverage.html
	$(GO) test -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -n 1
	$(GO) tool cover -html=coverage.out -o coverage.html

clean: ## remove what was built
	rm -rf bin coverage.*
