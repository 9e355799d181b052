"""What a run has around it, whoever starts it: its configuration, the service, the machines, the followers."""
