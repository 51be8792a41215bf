"""What the service holds between requests: bundles, people, keys, metrics."""
