# Two commands, each doing all of its own set-up:
#   make demo   open the program on the bundled clip (without a display: process it into out/)
#   make test   pass the tests

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(firstword $(foreach p,python3.12 python3.11 python3,$(shell command -v $(p) >/dev/null && \
	$(p) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $(p))))

# What PySide6, Open3D and MediaPipe need of a minimal Debian: OpenGL with a software fallback, X11 for the window, a font.
# On Debian 12 each was taken away in turn and broke something, but for libgomp1, which Open3D's manual asks for.
LIBRARIES := libegl1 libgl1 libgl1-mesa-dri libgles2 libgomp1 libglib2.0-0 libusb-1.0-0 libdbus-1-3 libfontconfig1 \
	libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 \
	libxcb-xkb1 fonts-dejavu-core

.PHONY: help demo test lint translations locked lock-name lock system clean
help:
	@echo "make demo   open the program on the bundled clip; without a display, process it into out/"
	@echo "make test   run the tests; PYTEST=--cov: and how much of the core they run"
	@echo "make lint   ruff and mypy"
	@echo "make translations   gather the window's sentences and compile their translations"
	@echo "make locked install what requirements/ names, by its hashes, for the targets above (Linux, x86_64)"
	@echo "make lock   write requirements/ anew, with the newest versions that pyproject.toml allows"
	@echo "make clean  remove the virtual environment and what was built"

demo: $(VENV)/.demo
	@if [ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/python run_demo.py assets/demo.mp4; else \
		echo "No display here: processing the bundled clip into out/"; mkdir -p out; \
		$(BIN)/python run_demo.py --headless --overwrite --export out/demo.bvh --export out/demo.json --preview out/demo.png; fi

test: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(PYTEST)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

translations: $(VENV)/.dev
	for ts in assets/translations/*.ts; do \
		$(BIN)/pyside6-lupdate $$(find app -name '*.py' | sort) -ts $$ts -locations none -no-obsolete && \
		$(BIN)/pyside6-lrelease $$ts || exit 1; done

# A stamp for each set of packages, renewed when pyproject.toml changes.
$(VENV)/.demo: EXTRA :=
$(VENV)/.test: EXTRA := [test]
$(VENV)/.dev: EXTRA := [dev]
$(VENV)/.demo $(VENV)/.test $(VENV)/.dev: pyproject.toml | system
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made."; exit 1; }
	@echo "Installing the packages into $(VENV) (2.5 GB, a few minutes the first time)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRA)'
	@touch $@

# As continuous integration installs: exactly the files whose hashes stand in requirements/. PyTorch's build without CUDA where pip
# has been told where to find it, else the usual one. A lock is complete, so nothing is resolved: pip 23 would ask for a hash of a
# newer release of what somebody wants with an extra.
LOCK = requirements/ci-py$(shell $(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])')
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
$(BIN)/python: | system
	$(PYTHON) -m venv $(VENV)
locked: $(BIN)/python
	@[ -f $(LOCK).txt ] && [ "$$(uname -sm)" = "Linux x86_64" ] || \
		{ echo "There is no lock for this Python and system (requirements/ has those for Linux on x86_64)."; exit 1; }
	@torch=$(LOCK)-torch-cpu.txt; \
	$(PIP) --dry-run --no-deps --require-hashes -r $$torch >/dev/null 2>&1 || torch=$(LOCK)-torch-cuda.txt; \
	echo "Installing $(LOCK).txt and $$torch, every file checked by its hash"; \
	$(PIP) --no-deps --require-hashes -r $(LOCK).txt -r $$torch
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.demo $(VENV)/.test $(VENV)/.dev

lock-name: $(BIN)/python
	@echo $(LOCK).txt

lock:
	@[ -x build/lock/bin/python ] || $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip uv
	build/lock/bin/python requirements/lock.py

# Debian and Ubuntu: install as root, otherwise say the one line that is missing. Newer releases have some of the packages
# under a name that ends in t64, and Debian's Python leaves venv to a package of its own.
system:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or 3.12 is needed and was not found; install it, then try again."; exit 1; }
	@command -v dpkg-query >/dev/null || { [ "$$(uname)" != Linux ] || [ -e $(VENV) ] || \
		echo "Not Debian: if a library is missing later, it is one of OpenGL (GL, EGL, GLES), libusb, GLib, D-Bus, fontconfig, xcb."; exit 0; }; \
	missing=""; for p in $(LIBRARIES); do \
		dpkg-query -W -f '$${Status}\n' $$p $${p}t64 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	[ -x $(BIN)/python ] || $(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing $(PYTHON)-venv"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then echo "Installing system libraries:$$missing"; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "System libraries are missing; install them with this line, then try again:"; \
		echo "  sudo apt-get install --no-install-recommends$$missing"; exit 1; fi

clean:
	rm -rf $(VENV) .audit out build *.egg-info .pytest_cache .mypy_cache .ruff_cache
