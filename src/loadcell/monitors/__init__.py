"""What the service under test feels, read from outside its processes once a second: one module per source, one protocol."""
