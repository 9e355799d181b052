"""Monitors on the service's host, read by controllers elsewhere: the agent (`server`) and the controller's end (`link`)."""
