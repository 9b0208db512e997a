# Moodpost: `make` alone tells what there is. Everything stands in .venv/; nothing else of the machine is touched,
# but for the packages that the tests need (through apt, with sudo where that is needed).

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300

# The lock holds everything; lgpio is left out where no pins are: a laptop may have no wheel of it.
without_lgpio = awk '/^[a-z0-9]/ {skip = /^lgpio==/} !skip'
only_lgpio = awk '/^[a-z0-9]/ {keep = /^lgpio==/} keep'

# What the tests run beside Python, and the packages that bring it.
NEEDED := Xvfb xdotool mkfs.ext4 mount findmnt gcc strace faketime openssl zstd systemd-analyze systemd-sysusers systemd-tmpfiles \
	losetup swapon mcopy initdb postgres
PACKAGES := xvfb xdotool libx11-6 e2fsprogs mount util-linux gcc libc6-dev strace faketime openssl zstd systemd mtools \
	unicode-data libfribidi0 postgresql

# Debian has PostgreSQL's programs in a folder for each version, and its package starts a server at once. The tests want
# the programs only: a server that nobody asked for would listen on this machine from then on.
postgresql_bin = $$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tr '\n' ':')
CLUSTERS := /etc/postgresql-common/createcluster.d
NO_CLUSTER := $(CLUSTERS)/moodpost-tests.conf

# What the benchmarks hold the kiosk against, beside what Python has, whose lock file is their own.
RIVALS := tests/benchmarks/rivals/requirements.lock
RIVAL_PACKAGES := chromium libxtst6 libxdamage1 libegl1 libgl1 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 \
	libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1
# Installed, it would take the place of the machine's own syslog: it is unpacked below $(VENV)/bench, with its libraries.
UNPACKED := syslog-ng-core syslog-ng-mod-http

# What package and image are built and booted with, and the packages that bring it.
BUILD_NEEDED := mmdebstrap qemu-aarch64-static update-binfmts mkfs.vfat mcopy sfdisk zstd dpkg-deb swig aarch64-linux-gnu-gcc \
	lintian qemu-system-aarch64 qemu-img fdtput ssh
BUILD_PACKAGES := mmdebstrap qemu-user-static binfmt-support dosfstools mtools fdisk zstd dpkg-dev swig gcc-aarch64-linux-gnu \
	libc6-dev-arm64-cross lintian qemu-system-arm qemu-utils qemu-system-common ipxe-qemu device-tree-compiler openssh-client \
	debian-archive-keyring arch-test openssl

# The tests of what Moodpost exists for. They alone run under coverage, which makes a test twice as slow.
MEASURED := $(patsubst %,tests/test_%.py,store damage pages frames visit steps wall clock misuse watch protocol outbox sender retention clones \
	full_disk)

# Half of the tests wait for processes, so more of them than cores run side by side.
WORKERS ?= 3

# What Moodpost exists for: here every branch is to be tried.
COVERED := kiosk/store.py kiosk/votes.py kiosk/pages.py kiosk/frames.py kiosk/salvage.py kiosk/visit.py kiosk/steps.py kiosk/shown.py kiosk/state.py kiosk/clock.py kiosk/misuse.py kiosk/watch.py \
	sync/protocol.py sync/columns.py sync/packer.py sync/outbox.py

.DEFAULT_GOAL := help
.PHONY: help setup run pins deb image test test-docs test-image test-image-pi test-crash test-faults lint format bench docs messages lock clean

help:  ## Show this.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/ready  ## Prepare .venv/ with everything, so that .venv/bin/moodpost works.

$(VENV)/ready: $(LOCK) setup.cfg pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: none was found."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(APT) update && $(APT) install python3-venv; }
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(without_lgpio) $(LOCK) > $(VENV)/requirements.txt
	@# The lock is complete: with --no-deps a newer release of something can't confuse an older pip.
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup  ## Start the demo: kiosk, sync and collector on this machine.
	@$(BIN)/moodpost demo

pins: $(VENV)/lgpio  ## Add lgpio to .venv/, for real pins on a Pi.

$(VENV)/lgpio: $(VENV)/ready
	$(only_lgpio) $(LOCK) > $(VENV)/lgpio.txt
	@# Where there is no wheel (Python 3.13), it is built from the locked source; without PYPI=1 that wants a liblgpio.
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary lgpio -r $(VENV)/lgpio.txt 2>/dev/null \
	|| { $(APT) update && $(APT) install gcc libc6-dev python3-dev swig && PYPI=1 $(BIN)/python -m pip install -q \
	     --disable-pip-version-check --require-hashes --no-build-isolation -r $(VENV)/lgpio.txt; }
	@touch $@

$(VENV)/system: Makefile
	@PATH="$$PATH:/usr/sbin:/sbin:$(postgresql_bin)"; for command in $(NEEDED); do command -v $$command || break; done | wc -l \
	| grep -qx $(words $(NEEDED)) && echo '#include <stdio.h>' | gcc -E - >/dev/null 2>&1 \
	&& [ -f /usr/share/unicode/BidiCharacterTest.txt ] && ls /usr/lib/*/libfribidi.so.0 >/dev/null 2>&1 \
	|| { $(SUDO) mkdir -p $(CLUSTERS) && echo 'create_main_cluster = false' | $(SUDO) tee $(NO_CLUSTER) >/dev/null; \
	     $(APT) update && $(APT) install $(PACKAGES); failed=$$?; $(SUDO) rm -f $(NO_CLUSTER); exit $$failed; }
	@[ -d $(VENV) ] || mkdir $(VENV)
	@touch $@

# What is compiled once need not be compiled by each of the many processes that tests start.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/ready $(VENV)/lgpio $(VENV)/system  ## Run the tests (ARGS="-k visit" for some).
	@[ -n "$(ARGS)" ] || $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report= $(MEASURED)
	@[ -n "$(ARGS)" ] || $(BIN)/coverage report --include=$$(echo $(COVERED) | tr ' ' ,)
	@[ -n "$(ARGS)" ] || for file in $(COVERED); do $(BIN)/coverage report --include=$$file --fail-under=95 >/dev/null \
	|| { echo "$$file: less than 95 % of lines and branches are covered (see above)"; exit 1; }; done
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/image $(or $(ARGS),$(MEASURED:%=--ignore=%))

test-crash: STATES ?= 200000
test-crash: $(VENV)/ready $(VENV)/system  ## Cut the power many times (STATES=200000) and look what is left.
	$(BIN)/python -m tests.crash $(STATES)

test-faults: setup  ## Nothing lost, nothing twice: 20 seeds of a hostile network, 20 of sudden ends (FAULTS="--kill 7").
	$(BIN)/python -m tests.faults $(FAULTS)

$(VENV)/build: Makefile
	@PATH="$$PATH:/usr/sbin:/sbin"; for command in $(BUILD_NEEDED); do command -v $$command || break; done | wc -l \
	| grep -qx $(words $(BUILD_NEEDED)) || { $(APT) update && $(APT) install $(BUILD_PACKAGES); }
	@[ -d $(VENV) ] || mkdir $(VENV)
	@touch $@

deb: $(VENV)/ready $(VENV)/build  ## Make the package for Debian and Raspberry Pi OS, in build/.
	$(BIN)/python -m image.build.deb

image: deb  ## Make the image of the card, in build/ (as root; the first time a quarter of an hour longer; FRESH=1 for a new root).
	$(SUDO) $(BIN)/python -m image.build image $(if $(FRESH),--fresh)

test-image: $(VENV)/ready $(VENV)/build  ## Boot the image in QEMU and press, touch, cut (SMOKE=1: the short part).
	$(BIN)/python -m pytest tests/image -m $(if $(SMOKE),smoke,"not pi") $(ARGS)

test-image-pi: $(VENV)/ready $(VENV)/build  ## Boot the image on an emulated Pi 3B, to the login on its serial line.
	$(BIN)/python -m pytest tests/image -m pi $(ARGS)

test-docs: $(VENV)/ready $(VENV)/build  ## Have a stranger do what the pages say in a bare Debian (as root; half an hour on a busy machine).
	$(SUDO) $(BIN)/python -m tests.stranger

lint: setup  ## Check style, types and who imports whom.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## Put the code into shape.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/ready $(VENV)/system $(VENV)/rivals  ## Measure, each figure beside its baseline (ONLY="tap idle" for some, QUICK=1 for five minutes).
	@# How large the package is, a package tells.
	@[ -z "$(if $(ONLY),$(filter size,$(ONLY)),$(if $(QUICK),,size))" ] || ls build/moodpost_*_arm64.deb >/dev/null 2>&1 || $(MAKE) deb
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick) $(ONLY)

$(VENV)/rivals: $(RIVALS) $(VENV)/ready
	[ -x $(VENV)/bench/bin/python ] || $(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(RIVALS)
	@PATH="$$PATH:/usr/sbin:/sbin"; command -v chromium && ldconfig -p | grep -q libXtst.so.6 \
	&& ldconfig -p | grep -q libXdamage.so.1 \
	&& ! ldd $(VENV)/bench/lib/python*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so | grep -q 'not found' \
	|| { $(APT) update && $(APT) install $(RIVAL_PACKAGES); }
	@find /usr/lib -path '*syslog-ng*' -name libhttp.so | grep -q . || { rm -rf $(VENV)/bench/syslog-ng && mkdir -p $(VENV)/bench/syslog-ng/debs \
	&& $(APT) update && cd $(VENV)/bench/syslog-ng/debs && apt-get -q download $$(apt-get -q -s --no-install-recommends install $(UNPACKED) \
	   | awk '/^Inst/ {print $$2}') && for each in *.deb; do dpkg-deb -x $$each ..; done; }
	@touch $@

docs: setup  ## Make what docs/ shows anew: commands, screens, drawings, and what tests compare with. Look at each picture.
	$(BIN)/python -m tests.commands_page
	$(BIN)/python -m tests.meanings
	$(BIN)/python -m tests.pictures
	$(BIN)/python -m tests.look
	$(BIN)/python -m tests.report_picture
	$(BIN)/python -m tests.wirings
	$(BIN)/python -m tests.test_golden

messages: setup  ## Bring the translations up to date with the screens, and compile them.
	$(BIN)/python kiosk/locale/build.py

lock: setup  ## Make the lock file anew, with the newest versions that setup.cfg allows.
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q setup.cfg --all-extras --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o $(LOCK)

clean:  ## Throw away .venv/ and what tools left.
	rm -rf $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
