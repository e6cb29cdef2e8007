"""What quickstart says when others may reach the library, and no proxy is in front."""

import pytest

from images.management.commands.quickstart import exposure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
def test_to_this_machine_alone_nothing_is_said(host):
    assert exposure(host) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104
def test_to_others_it_is_said_what_only_a_proxy_can_promise(host, settings):
    assert "no proxy is in front" in exposure(host)
    settings.IMAGELIB_TRUSTED_PROXIES = 1
    assert exposure(host) == ""
