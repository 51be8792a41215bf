"""The service: what a bundle and a store answer over HTTP. The only place with a web framework; no torch here."""
