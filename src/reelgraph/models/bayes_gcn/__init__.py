"""Parts of `bayes-gcn`: fields and their feature graphs, compiled kernels, output, one chain, all chains, draws."""
