# "make help" tells what there is. The first two do all set-up themselves: make run, make test.

SWIFT ?= swift
CONFIGURATION ?= release
PREFIX ?= /usr/local
DESTDIR ?=

programs := apus-node apus-collector
built := .build/$(CONFIGURATION)

# Debian packages. To build: what Swift itself needs to link anything, and the libraries.
to_build := libc6-dev 'libstdc++-12-dev|libstdc++-13-dev|libstdc++-14-dev' binutils \
  libevent-dev libpcre2-dev librrd-dev libsnmp-dev libsqlite3-dev libssl-dev \
  'libcurl4-openssl-dev|libcurl4-gnutls-dev' 'pkgconf|pkg-config'
# For tests and the real peers, which are unpacked into .cache and never installed.
to_test := perl python3 procps netbase openssl tzdata
# For measurements: their floors are C programs.
to_bench := 'gcc|clang' libc6-dev

# Released programs carry the Swift runtime, so they run where no Swift is installed.
flags_of_release := --configuration release --static-swift-stdlib
flags_of_debug := --configuration debug
define build_programs
	@echo "build: $(programs), $(1)"
	@for program in $(programs); do $(SWIFT) build $(flags_of_$(1)) --product $$program || exit; done
endef

ifeq ($(filter release debug,$(CONFIGURATION)),)
  $(error CONFIGURATION is '$(CONFIGURATION)': expected release or debug)
endif

# Whole programs side by side: more at once than a machine of two cores can serve, and answers come too late.
few_at_once := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=6

.PHONY: help run build test unit-tests integration-tests built-tests test-threads programs peers lint bench fuzz function-order \
  install install-built uninstall clean packages-to-build packages-to-test \
  packages-to-bench

help:
	@echo 'make run           build, then watch this machine until Ctrl-C (data in ./run or $$APUS_HOME)'
	@echo 'make test          all tests: units, then the programs against the real munin'
	@echo 'make build         the programs, in .build/release (CONFIGURATION=debug: in .build/debug)'
	@echo 'make lint          layout of the Swift code, syntax of the rest'
	@echo 'make fuzz          hostile bytes for all that reads from outside (FUZZ_SECONDS=20 for each)'
	@echo 'make test-threads  the unit tests under ThreadSanitizer'
	@echo 'make bench         measurements against the real munin (BENCH="--help": its options)'
	@echo 'make function-order  after large changes of apus-node: which functions stand together (needs valgrind)'
	@echo 'make install       programs, manuals, systemd units, samples: to PREFIX=$(PREFIX) below DESTDIR; /etc stays'
	@echo 'make uninstall     removes precisely that'
	@echo 'make clean         removes what was built; .cache (peers) and run (data) stay'
	@echo
	@echo 'Missing Debian packages are installed (as root or with sudo) by the targets that need them.'

run: build
	@munin-conf/demo/run $(built)

build: packages-to-build
	$(call build_programs,$(CONFIGURATION))

# Units in debug, with all checks of the compiler; whole programs as they are released.
test: unit-tests integration-tests

unit-tests: packages-to-test programs built-tests
	@echo 'test: units'
	@Tests/units .build/debug

# Once for both: after a run of tests SwiftPM would build them all again.
built-tests: packages-to-test
	@echo 'build: tests'
	@$(SWIFT) build --build-tests

# As root, beside a munin whose files are of no use: a test that looks at the machine's own fails.
integration-tests: packages-to-test programs built-tests peers
	@echo 'test: the programs against the real munin'
	@$(few_at_once) Tests/Integration/hostile-machine $(SWIFT) test --skip-build --disable-xctest --filter '^Integration\.'

programs: packages-to-build
	$(call build_programs,release)

peers: packages-to-test
	@Tests/Integration/peers/fetch

bench: packages-to-bench programs
	@Benchmarks/bench $(BENCH)

# Which functions the linker puts together; Package.swift says why.
function-order: programs
	@Benchmarks/function-order

fuzz: packages-to-test
	@SWIFT='$(SWIFT)' Tests/Fuzz/run

# Races between threads. A report fails the run, and so does the first one; the programs need not be looked at.
# ThreadSanitizer has an allocator of its own, which gives nothing back. What has one thread by its design has nothing to race.
with_one_thread := ^(IncidentsTests|LimitsTests|MuninWireTests|ScenarioTests|SettingsTests|TextTests)\.

test-threads: packages-to-test
	@echo 'build: tests with ThreadSanitizer'
	@$(SWIFT) build --build-tests --sanitize=thread --scratch-path .build/thread
	@echo 'test: units with ThreadSanitizer'
	@TSAN_OPTIONS=halt_on_error=1 Tests/units .build/thread/debug --skip '$(with_one_thread)' \
	  --skip aLargeOutputGivesFreeMemoryBack

# The toolchain brings clang, so C is checked even where no other compiler is installed.
shell_scripts = $(shell git grep -lI -e '^\#!/bin/sh' 2>/dev/null)
python_files = $(shell git grep -lI -e '^\#!/usr/bin/env python3' 2>/dev/null) $(wildcard Benchmarks/measure/*.py)
c_files = $(wildcard Sources/CLinux/*.c)
compiler = $(or $(shell command -v clang),$(shell command -v cc))

lint:
	@echo 'lint: Swift'
	@$(SWIFT) format lint --strict --parallel --recursive Sources Tests plugins Package.swift
	@echo 'lint: names of types and files'
	@.ci/lint/names
	@echo 'lint: imports and the manifest'
	@SWIFT='$(SWIFT)' .ci/lint/imports
	@echo 'lint: C'
	@$(compiler) -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -ISources/CLinux/include $(c_files)
	@echo 'lint: shell scripts'
	@for file in $(shell_scripts); do sh -n $$file || exit; done
	@echo 'lint: Python'
	@python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' $(python_files)

install: build
	@$(MAKE) --no-print-directory install-built

# What is built already; binutils' strip takes the symbols off.
install-built:
	@DESTDIR='$(DESTDIR)' munin-conf/install put '$(PREFIX)' '$(built)'

uninstall:
	@DESTDIR='$(DESTDIR)' munin-conf/install remove '$(PREFIX)'

clean:
	rm -rf .build

packages-to-build:
	@.ci/packages building $(to_build)

packages-to-bench: packages-to-test
	@.ci/packages measuring $(to_bench)

packages-to-test: packages-to-build
	@.ci/packages testing $(to_test)
