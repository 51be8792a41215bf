"""The REST API: request and response types, presenters, authentication, routes."""
