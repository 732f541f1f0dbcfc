"""OpenAPI beyond the routes' signatures: examples, links between operations, problem responses."""
