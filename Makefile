# Needs Python 3.11 or newer and make, nothing else. ARGS goes through: make run ARGS="--port 9000"
.DEFAULT_GOAL := help
.PHONY: help run test requirements bench lint lock env
MAKEFLAGS += --no-print-directory
# Compiled once, not at each start: a process of ours is up in half the time.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PYTHON := $(VENV)/bin/python
UV := $(VENV)/bin/uv
READY := $(VENV)/.ready
# Each worker has a PostgreSQL of its own, and takes whole files.
SIDE_BY_SIDE := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

help:  ## what can be made | 列出目标
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

run: $(READY)  ## start Relight on this machine | 启动
	@$(VENV)/bin/relight up --demo $(ARGS)

test: $(READY)  ## every test, on a real PostgreSQL | 全部测试
	@$(PYTHON) -m pytest $(SIDE_BY_SIDE) $(ARGS)

requirements: $(READY)  ## docs/requirements.md from the tests | 由测试生成需求证明表
	@status=0; $(PYTHON) -m pytest $(SIDE_BY_SIDE) --requirements $(ARGS) || status=$$?; \
	$(PYTHON) docs/make_requirements.py && exit $$status

bench: $(READY)  ## measure this machine | 性能测试
	@$(PYTHON) -m benchmarks $(ARGS)

lint: $(READY)  ## style, types, import contracts | 静态检查
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy -p services -p shared -p tests -p benchmarks
	@$(VENV)/bin/lint-imports

lock: $(READY)  ## requirements.lock anew from pyproject.toml | 更新依赖锁
	@$(UV) pip compile --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock

env: $(READY)  ## only the environment | 只准备环境

# uv comes with the hash that the lock names for it, and then installs the rest; where only pip knows the way out (mirrors
# and certificates in its configuration), pip does the same more slowly.
$(READY): requirements.lock pyproject.toml
	@[ -x $(UV) ] && $(PYTHON) -c '' || sh deploy/make_venv.sh $(VENV)
	@$(UV) pip install --quiet --compile-bytecode --python $(PYTHON) --require-hashes -r requirements.lock \
		|| $(PYTHON) -m pip install --quiet --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --editable . \
		|| $(PYTHON) -m pip install --quiet --no-deps --editable .
	@touch $@
