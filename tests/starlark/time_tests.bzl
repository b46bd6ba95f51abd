"""Tests of rules/private/time.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility
load("//rules/private:time.bzl", "parse_time")

# Checked with `date -u -d TIME +%s`.
_TIMES = {
    "1980-01-01T00:00:00Z": 315532800,
    "1999-12-31T23:59:59Z": 946684799,
    "2000-02-29T12:00:00Z": 951825600,
    "2000-03-01T00:00:00Z": 951868800,
    "2026-01-31T08:09:10Z": 1769846950,
    "2099-12-31T23:59:59Z": 4102444799,
}

_NO_TIMES = [
    "",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+00:00",
    "2026-01-01 00:00:00Z",
    "1979-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:-1Z",
    "2026-1--01T00:00:00Z",
]

def _times_test_impl(ctx):
    env = unittest.begin(ctx)
    for text, seconds in _TIMES.items():
        asserts.equals(env, seconds, parse_time(text), text)
    return unittest.end(env)

times_test = unittest.make(_times_test_impl)

def _no_times_test_impl(ctx):
    env = unittest.begin(ctx)
    for text in _NO_TIMES:
        asserts.equals(env, None, parse_time(text), text)
    return unittest.end(env)

no_times_test = unittest.make(_no_times_test_impl)

def time_test_suite(name):
    """Declares the tests.

    Args:
        name: name of the test suite.
    """
    unittest.suite(name, times_test, no_times_test)
