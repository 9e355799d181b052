"""The web page: runs are started, watched and understood in a browser, or by scripts written for Locust's page."""
