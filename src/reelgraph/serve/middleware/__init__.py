"""ASGI middleware: limits, security headers, request metrics, unhandled errors."""
