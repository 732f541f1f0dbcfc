"""What OpenAPI shows beside the routes' signatures: examples, links between operations, problem responses."""
