"""Tests of media."""

load("//rules/private:media_contents_test.bzl", _media_contents_test = "media_contents_test")
load("//rules/private:media_reproducibility_test.bzl", _media_reproducibility_test = "media_reproducibility_test")

media_contents_test = _media_contents_test
media_reproducibility_test = _media_reproducibility_test
