"""What leaves the hub: Prometheus metrics, HTTP pages and Grafana dashboards."""
