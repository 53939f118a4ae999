"""The product's proof. Helpers that assert are made to speak before anything imports them."""

import pytest

pytest.register_assert_rewrite("tests.e2e.studio")
