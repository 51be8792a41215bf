# Everything here sets itself up on a fresh machine: a virtual environment in .venv, the versions in constraints.txt, and of
# the extras only those that the target needs. Another Python: make demo PYTHON=python3.13
# One thread a process for tests and demo: the graphs are small, and threads that share busy cores wait for one another.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.demo
PAGE := $(VENV)/.page
DEV := $(VENV)/.dev
DOCS := $(VENV)/.docs
RAY := $(VENV)/.ray
# Modules are compiled when they are first imported; most never are.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable
SCHEMA := $(BIN)/check-jsonschema --quiet --builtin-schema
DATA ?= ../shared/data
STARS := myfm,myfm-ordinal,surprise-svdpp,surprise-knn-baseline,lenskit-biased-mf,lenskit-item-knn,lenskit-bias
MODELS := blend,blend:liked,graph-filter,lightgcn,bayes-gcn,gcn,hetero,bias,recent-popularity,popularity
RANKS := recbole-ease,lenskit-ease,lenskit-implicit-mf,implicit-als,implicit-als-bm25,implicit-bpr,rectools-ease

.PHONY: demo page test test-slow test-ray lint format bench bench-peers bench-ranks bench-speed notebook docs constraints clean force

demo: $(DEMO)  ## clean, train, measure and recommend on real sample ratings
	OMP_NUM_THREADS=1 $(BIN)/reelgraph demo

page: $(PAGE)  ## the page of the demo's bundle, which is trained first where it is missing
	OMP_NUM_THREADS=1 $(BIN)/reelgraph demo --serve

test: $(DEV)  ## the fast tests; no network
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: $(DEV)  ## real-data checks with a floor and a ceiling
	$(BIN)/python -m pytest -m slow

test-ray: $(RAY)  ## trials, lists and training on Ray, with 2 workers of this machine, killed and replaced; ten minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m ray

lint: $(DEV)  ## format, style, types, layers, workflow files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
	$(SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(SCHEMA) vendor.dependabot .github/dependabot.yml
	$(SCHEMA) vendor.citation-file-format CITATION.cff
	$(SCHEMA) vendor.compose-spec compose.yaml
	$(BIN)/zizmor --offline --quiet --pedantic .

format: $(DEV)  ## rewrite in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## the figures of the README, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks source-literal --models constant,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models popularity,bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models gcn --config configs/gcn-reference.toml --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-100k-u1 --models popularity,bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-1m-90-10 --models bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks temporal --models popularity,bias,gcn --data $(DATA)/ml-latest-small --save
	$(BIN)/python -m benchmarks strong --models popularity,bias,gcn --data $(DATA)/ml-latest-small --save
	$(BIN)/python -m benchmarks recbole-ml-1m --models popularity --data $(DATA) --save

bench-peers: $(DEV)  ## stars beside other libraries on the same splits, see benchmarks/peers/README.md; two hours
	for fold in u1 u2 u3 u4 u5; do $(BIN)/python -m benchmarks ml-100k-$$fold --models bayes-gcn \
	  --config benchmarks/configs/bayes-ml-100k.toml --join-valid --peer $(STARS) --data $(DATA) --save || exit; done
	$(BIN)/python -m benchmarks ml-100k-u1 --models bayes-gcn --config benchmarks/configs/bayes-ratings-only.toml --join-valid \
	  --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models bayes-gcn --config benchmarks/configs/bayes-small.toml --join-valid --peer $(STARS) \
	  --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-1m-90-10 --models bayes-gcn --join-valid --peer $(STARS) --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-100k-u1 --models bayes-gcn --join-valid --data $(DATA) --save
	for config in high without-similar-movies; do for protocol in ml-100k-u1 ml-1m-90-10; do $(BIN)/python -m benchmarks $$protocol \
	  --models "" --config benchmarks/configs/$$config.toml --join-valid --data $(DATA) --save || exit; done; done

bench-ranks: $(DEV)  ## lists beside other libraries on the same splits; half a day
	$(BIN)/python -m benchmarks recbole-ml-1m --models blend,graph-filter,lightgcn,popularity --config benchmarks/configs/blend-ml-1m.toml \
	  --config benchmarks/configs/graph-filter-ml-1m.toml --config benchmarks/configs/lightgcn-ml-1m.toml --peer $(RANKS) --data $(DATA) --save
	for one in ml-1m ml-latest-small; do for protocol in temporal strong; do \
	  $(BIN)/python -m benchmarks $$protocol --models $(MODELS) --peer $(RANKS) --seeds 3 --data $(DATA)/$$one --save || exit; \
	  done; done
	$(BIN)/python -m benchmarks next-loo --models next,graph-filter,blend,blend:liked,recent-popularity,popularity --peer rectools-sasrec \
	  --data $(DATA)/ml-1m --save
	for protocol in next-loo-random next; do $(BIN)/python -m benchmarks $$protocol --models next,recent-popularity,popularity \
	  --data $(DATA)/ml-1m --save || exit; done
	for one in ml-1m ml-latest-small; do for protocol in cold-items cold-items-untagged; do \
	  $(BIN)/python -m benchmarks $$protocol --models hetero,genre-popularity,feature-knn,bias --config benchmarks/configs/user-mean.toml \
	  --data $(DATA)/$$one --save || exit; done; done

bench-speed: $(DEV)  ## timings beside other libraries, into benchmarks/SPEED.md; ten minutes
	$(BIN)/python -m benchmarks.speed.propagation --data $(DATA) --save
	$(BIN)/python -m benchmarks.speed.full_ranking --data $(DATA) --peers --save
	$(BIN)/python -m benchmarks.speed.time_to_quality --data $(DATA) --save

notebook: $(DEV)  ## run the tour from top to bottom and keep its outputs
	$(BIN)/python -m notebooks.build

docs: $(DOCS)  ## the documentation, into build/docs; a warning is an error
	$(BIN)/python -m sphinx --fail-on-warning --fresh-env --quiet docs build/docs

constraints: $(DEV)  ## add what pyproject.toml newly asks for to constraints.txt; UPGRADE=--upgrade takes newer versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	cp constraints.txt $(VENV)/constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --fork-strategy fewest $(UPGRADE) \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file $(VENV)/constraints.txt
	(echo '# What the make targets install: one version of each for Python 3.11 to 3.14 on Linux, macOS and Windows.'; \
	  echo '# Written by "make constraints". What only a CUDA build of torch needs is left out: torch pins it itself.'; \
	  grep -vE '^(cuda|nvidia|triton)' $(VENV)/constraints.txt) >constraints.txt

clean:
	rm -rf $(VENV) .peers build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# An environment that is missing, broken, copied from another folder or of another Python than $(PYTHON) is made anew.
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
FOUND := $(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null)
READY := $(shell grep -qsF '$(CURDIR)/$(VENV)' $(BIN)/activate && $(BIN)/python -c 'import pip; $(VERSION)' 2>/dev/null)
RECENT := $(shell $(PYTHON) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)
REFUSED = reelgraph needs Python 3.11 or later; $(PYTHON) is $(or $(FOUND),not found). Name another: make PYTHON=python3.13

$(VENV)/.python: $(if $(filter-out $(READY),$(or $(FOUND),none)),force)
	$(if $(filter True,$(RECENT)),,$(error $(REFUSED)))
	@test "$(READY)" = "$(FOUND)" || { echo "Making $(VENV) with Python $(FOUND)"; rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	touch $@

$(DEMO) $(PAGE) $(DEV) $(DOCS) $(RAY): $(VENV)/.python pyproject.toml constraints.txt
	$(INSTALL) ".[$(EXTRAS)]"
	touch $@

$(DEMO): EXTRAS := sample,train
$(PAGE): EXTRAS := sample,serve,train
$(DEV): EXTRAS := all,dev
$(DOCS): EXTRAS := docs
$(RAY): EXTRAS := all,dev,ray
