"""Keys that sign and protect media, and their secrets."""

load("//rules/private:media_key.bzl", _media_key = "media_key")
load("//rules/private:media_secret.bzl", _media_secret = "media_secret")
load("//rules/private:signing_key.bzl", _signing_key = "signing_key")

media_key = _media_key
media_secret = _media_secret
signing_key = _signing_key
