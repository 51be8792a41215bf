# Everything here sets itself up on a fresh machine: a virtual environment in .venv and the versions in constraints.txt.
# One thread a process for tests and demo: the graphs are small, and threads that share busy cores wait for one another.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DATA ?= ../shared/data
STARS := myfm,myfm-ordinal,surprise-svdpp,surprise-knn-baseline,lenskit-biased-mf,lenskit-item-knn,lenskit-bias
MODELS := blend,graph-filter,lightgcn,bayes-gcn,gcn,hetero,bias,popularity
RANKS := recbole-ease,lenskit-ease,lenskit-implicit-mf,implicit-als,implicit-als-bm25,implicit-bpr,rectools-ease

.PHONY: demo page test test-slow lint format bench bench-peers bench-ranks bench-speed notebook clean

demo: $(INSTALLED)  ## clean, train, measure and recommend on real sample ratings
	OMP_NUM_THREADS=1 $(BIN)/reelgraph demo --config configs/gcn-fast.toml

page: $(INSTALLED)  ## the demo, then its page in the browser
	OMP_NUM_THREADS=1 $(BIN)/reelgraph demo --config configs/gcn-fast.toml --serve

test: $(INSTALLED)  ## the fast tests; no network, under three minutes on two cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: $(INSTALLED)  ## real-data checks with a floor and a ceiling
	$(BIN)/python -m pytest -m slow

lint: $(INSTALLED)  ## format, style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## rewrite in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## the figures of the README, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks source-literal --models constant,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models popularity,bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models gcn --config configs/gcn-reference.toml --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-100k-u1 --models popularity,bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-1m-90-10 --models bias,gcn --data $(DATA) --save
	$(BIN)/python -m benchmarks temporal --models popularity,bias,gcn --data $(DATA)/ml-latest-small --save
	$(BIN)/python -m benchmarks strong --models popularity,bias,gcn --data $(DATA)/ml-latest-small --save
	$(BIN)/python -m benchmarks recbole-ml-1m --models popularity --data $(DATA) --save

bench-peers: $(INSTALLED)  ## stars beside other libraries on the same splits, see benchmarks/peers/README.md; two hours
	for fold in u1 u2 u3 u4 u5; do $(BIN)/python -m benchmarks ml-100k-$$fold --models bayes-gcn \
	  --config configs/bayes-ml-100k.toml --join-valid --peer $(STARS) --data $(DATA) --save || exit; done
	$(BIN)/python -m benchmarks ml-100k-u1 --models bayes-gcn --config configs/bayes-ratings-only.toml --join-valid \
	  --data $(DATA) --save
	$(BIN)/python -m benchmarks source-honest --models bayes-gcn --config configs/bayes-small.toml --join-valid --peer $(STARS) \
	  --data $(DATA) --save
	$(BIN)/python -m benchmarks ml-1m-90-10 --models bayes-gcn --config configs/bayes-ml-1m.toml --join-valid --peer $(STARS) \
	  --data $(DATA) --save

bench-ranks: $(INSTALLED)  ## lists beside other libraries on the same splits; half a day
	$(BIN)/python -m benchmarks recbole-ml-1m --models blend,graph-filter,lightgcn,popularity --config configs/blend-ml-1m.toml \
	  --config configs/graph-filter-ml-1m.toml --config configs/lightgcn-ml-1m.toml --peer $(RANKS) --data $(DATA) --save
	for one in ml-1m ml-latest-small; do for protocol in temporal strong; do \
	  $(BIN)/python -m benchmarks $$protocol --models $(MODELS) --peer $(RANKS) --seeds 3 --data $(DATA)/$$one --save || exit; \
	  done; done
	for one in ml-1m ml-latest-small; do for protocol in cold-items cold-items-untagged; do \
	  $(BIN)/python -m benchmarks $$protocol --models hetero,genre-popularity,feature-knn,bias --config configs/user-mean.toml \
	  --data $(DATA)/$$one --save || exit; done; done

bench-speed: $(INSTALLED)  ## timings beside other libraries, into benchmarks/SPEED.md; ten minutes
	$(BIN)/python -m benchmarks.propagation --data $(DATA) --save
	$(BIN)/python -m benchmarks.full_ranking --data $(DATA) --peers --save
	$(BIN)/python -m benchmarks.time_to_quality --data $(DATA) --save

notebook: $(INSTALLED)  ## run the tour from top to bottom and keep its outputs
	$(BIN)/python -m notebooks.build

clean:
	rm -rf $(VENV) .peers build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all,dev]"
	touch $@
