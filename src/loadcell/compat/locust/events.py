"""Where Locust before 1.0 had its hooks: `from locust.events import request_success`; now the object `locust.events`."""

import sys

from loadcell.scenario import events

# In the place of this module, so that `import locust.events` leaves `locust.events` what it is.
sys.modules[__name__] = events  # type: ignore[assignment]
