"""Metrics for Prometheus: the table of all metrics, and the port on which a process shows them."""
