"""Whoever runs a bank may do so without publishing their own code.

Apache-2.0 needs permissive company. The LGPL of psycopg is fine, since it is used as a
library of its own that anyone may replace; GPL and AGPL would bind the whole.
"""

import re
from importlib.metadata import Distribution, distributions
from typing import Final

import pytest
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from tests.style.test_lock import PINS

PERMITTED: Final = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT"}
    | {"MIT-0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"}
    # File by file: what we change in their files we publish; we change none.
    | {"MPL-2.0"}
    | {"LGPL-3.0-only", "LGPL-3.0-or-later"}
)
# What older metadata calls them, in classifiers or in free words.
SPELLINGS: Final = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
CLASSIFIER: Final = "License :: OSI Approved :: "
LOCKED: Final = sorted(
    (d for d in distributions() if canonicalize_name(d.name) in PINS),
    key=lambda distribution: distribution.name,
)


def read_licence(distribution: Distribution) -> str:
    """Return the SPDX expression that a distribution's metadata gives or means."""
    metadata = distribution.metadata.json
    classified = [
        str(line).removeprefix(CLASSIFIER)
        for line in metadata.get("classifier", [])
        if line.startswith(CLASSIFIER)
    ]
    stated = metadata.get("license_expression") or metadata.get("license")
    # Some put the whole text there instead of its name.
    is_name = stated and "\n" not in str(stated)
    words = [str(stated)] if is_name else classified
    return " OR ".join(SPELLINGS.get(word.lower(), word) for word in words)


def is_permitted(expression: str) -> bool:
    """Say whether an SPDX expression leaves a permitted choice."""
    try:
        spdx = canonicalize_license_expression(expression)
    except InvalidLicenseExpression:
        return False
    # `A AND (B OR C)`: each part that binds must offer a permitted choice.
    parts = re.split(r"\bAND\b", spdx)
    return all(PERMITTED & set(re.findall(r"[\w.+-]+", part)) for part in parts)


@pytest.mark.parametrize("distribution", LOCKED, ids=lambda d: d.name)
def test_an_installed_package_has_a_permitted_licence(
    distribution: Distribution,
) -> None:
    """A package whose licence is unknown is as unwelcome as one that binds."""
    licence = read_licence(distribution)

    assert is_permitted(licence), f"{distribution.name}: {licence or 'no licence'}"


@pytest.mark.parametrize(
    "expression",
    ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "SSPL-1.0", "None"],
)
def test_a_binding_or_unknown_licence_is_refused(expression: str) -> None:
    """One binding part is enough."""
    assert not is_permitted(expression)


def test_the_installed_packages_are_the_locked_ones() -> None:
    """Licences are read off what is installed, so nearly everything must be."""
    assert len(LOCKED) > 0.9 * len(PINS)
