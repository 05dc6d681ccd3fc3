"""How hard hypothesis tries: ``ci`` by default, ``nightly`` in ``make soak``.

A pytest plugin (``-p tests.profiles`` in pyproject.toml), so that the profiles are
registered before ``--hypothesis-profile`` is read.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

CI_EXAMPLES: Final = 100
NIGHTLY_EXAMPLES: Final = 100 * CI_EXAMPLES

# No deadline in either profile: nothing in the suite asserts on time, and the
# machines that run it are shared.
settings.register_profile(
    "ci",
    max_examples=CI_EXAMPLES,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.register_profile(
    "nightly",
    max_examples=NIGHTLY_EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
