"""Services of different style, each as strict as a real one, for which `loadcell init` writes scenarios that they accept."""
