"""The HTTP endpoints, one module for each group of paths in the OpenAPI document."""
