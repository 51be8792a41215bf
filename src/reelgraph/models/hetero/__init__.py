"""An inductive, feature-aware network for cold users and items."""
