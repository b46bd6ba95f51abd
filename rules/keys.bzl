"""Keys that sign media."""

load("//rules/private:signing_key.bzl", _signing_key = "signing_key")

signing_key = _signing_key
