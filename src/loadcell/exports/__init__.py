"""What a run measures, for other systems: a page that Prometheus reads, figures that are sent to OpenTelemetry."""
