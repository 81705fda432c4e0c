# make demo    a programme in the browser, with no camera, account or server
# make test    everything that is checked before a change lands
# make build   bin/studio
# make bench   what a programme costs, next to GStreamer's and FFmpeg's
# make soak    ten minutes on air, memory watched
# make chaos   the program killed fifty times on air: every recording plays; CHAOS=5
# make fuzz    input that breaks a parser, a minute each; FUZZTIME=10s
# make lint    go vet, gofmt, staticcheck, svelte-check
# make setup   what is missing to build and test; the others do it first

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION)
PAGE    := ui/web/page
PAGE_SOURCES := $(shell find $(PAGE) -path $(PAGE)/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: demo test build bench soak chaos lint setup page fuzz
demo: build
	bin/studio demo

build: setup page
	go build -ldflags '$(LDFLAGS)' -o bin/studio ./cmd/studio

setup:
	@scripts/setup

page: ui/web/dist/index.html

ui/web/dist/index.html: $(PAGE_SOURCES) | setup
	cd $(PAGE) && npm run --silent build

test: build
	scripts/test

bench: build
	scripts/bench

soak: build
	scripts/soak

CHAOS ?= 50
chaos: setup page
	scripts/chaos $(CHAOS)

lint: setup page
	scripts/lint

# Short looks for input that breaks a parser; FUZZTIME is for each.
FUZZTIME ?= 60s
fuzz: setup
	scripts/fuzz $(FUZZTIME)
