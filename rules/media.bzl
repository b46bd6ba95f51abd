"""Media."""

load("//rules/private:standalone_media.bzl", _standalone_media = "standalone_media")

standalone_media = _standalone_media
