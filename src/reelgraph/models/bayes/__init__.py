"""Parts of `bayes-gcn`: fields and their feature graphs, compiled kernels, the ordinal output, one chain, all chains."""
