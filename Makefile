# SPDX-License-Identifier: Apache-2.0
# What a person types. Every target but `clean` and `help` first sees to it that the host has what it takes.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps image debug-image programs tree test test-full run reproduce verify-image publish bench fuzz lock lock-check lint tidy format clean

PROFILE ?= release
TESTS ?= .

# make DEPS=check <target> lists what would be installed and stops there.
DEPS ?= install

help:
	@echo "make image       build the node image into build/image/ and print its measurements"
	@echo "make debug-image the same with a root shell on the serial console, into build/image-debug/"
	@echo "make test        all tests that fit a change; TESTS=<regex> for some of them"
	@echo "make test-full   all tests, the long tables included"
	@echo "make run         boot the image in a VM with a software TPM, its console on this terminal"
	@echo "make reproduce   build a second time, cold and elsewhere, and compare every byte"
	@echo "make verify-image MANIFEST=<file>  build again what a published manifest names, and compare"
	@echo "make publish DEST=<folder|file://|https://|oci://> KEY=<key> CHANNEL=<name>  release, sign, upload; DRY_RUN=1 only shows"
	@echo "make bench       figures, also as build/bench.json; BENCH=<regex> for some of them"
	@echo "make fuzz        every fuzz harness for FUZZ_SECONDS=60, or to FUZZ_RUNS=10000000 inputs in all; FUZZ=<regex> for some"
	@echo "make lock        resolve the packages anew and show what moves"
	@echo "make lint        formatting and syntax;  make format  applies it;  make tidy  static analysis; TIDY_SECONDS=<n> for a sample"
	@echo "make clean       remove build/ (caches stay in \$${XDG_CACHE_HOME:-~/.cache}/asterism)"
	@echo
	@echo "DEPS=check       only list the host packages that would be installed"
	@echo "LOCK=strict      stop where the archive no longer holds a locked package (default: auto, see docs/reproducibility.md)"
	@echo "KUBERNETES=1.x.y upstream kubelet instead of the archive's   MIRROR=, SNAPSHOT=  other package archives"
	@echo "SIGNING_KEY=, SIGNING_CERT=  Secure Boot key: PEM file or PKCS#11 URI, and certificate"
	@echo "POLICY_KEY=, POLICY_PUBLIC=     key that TPM policies are signed with, and its public part (PEM)"

deps:
	@scripts/host-deps $(DEPS)

image: deps
	@/usr/bin/python3 scripts/build.py --profile=$(PROFILE)

debug-image: deps
	@/usr/bin/python3 scripts/build.py --profile=debug

programs tree: deps
	@/usr/bin/python3 scripts/build.py --until=$@

test: image debug-image
	@scripts/enter scripts/run-tests sample '$(TESTS)'

test-full: image debug-image
	@scripts/control-plane > build/logs/control-plane.folder
	@scripts/enter scripts/run-tests full '$(TESTS)'

run: image
	@scripts/enter scripts/run-vm $(RUN)

reproduce: image
	@/usr/bin/python3 scripts/reproduce.py

verify-image: deps
	@/usr/bin/python3 scripts/verify_image.py $(or $(MANIFEST),$(error MANIFEST=<released manifest> is missing)) \
	  $(if $(POLICY),--policy='$(POLICY)') $(if $(ARTEFACTS),--artefacts='$(ARTEFACTS)')

# One value an option: the names of scripts/publish.py's options in capitals.
publish_options = $(foreach name,STATE FLOOR SERIAL NOT_BEFORE NOT_AFTER POLICY MANIFEST IMAGE,\
  $(if $($(name)),--$(subst _,-,$(shell echo $(name) | tr A-Z a-z))='$($(name))'))
publish:
	@/usr/bin/python3 scripts/publish.py '$(or $(DEST),$(error DEST=<folder, file://, https:// or oci://> is missing))' \
	  --key='$(or $(KEY),$(error KEY=<private key> is missing))' $(foreach c,$(CHANNEL),--channel='$(c)') $(publish_options) $(if $(DRY_RUN),--dry-run)

bench: image
	@/usr/bin/python3 scripts/bench.py '$(or $(BENCH),.)'

# Nightly: make fuzz FUZZ_RUNS=10000000. It may be stopped and goes on the next time.
FUZZ_RUNS ?= 0
FUZZ_SECONDS ?= 60
FUZZ ?= .
fuzz: tree
	@scripts/enter scripts/fuzz $(FUZZ_RUNS) $(FUZZ_SECONDS) '$(FUZZ)'

lock: deps
	@/usr/bin/python3 scripts/lock.py update

lock-check: deps
	@/usr/bin/python3 scripts/lock.py check

lint: tree
	@scripts/enter scripts/lint

tidy: tree
	@scripts/enter scripts/tidy $(TIDY_SECONDS)

format: tree
	@scripts/enter scripts/lint --fix

clean:
	rm -rf build
