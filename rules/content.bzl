"""Content packages: the files that travel on media."""

load("//rules/private:application.bzl", _application = "application")
load("//rules/private:content_package.bzl", _content_package = "content_package")
load("//rules/private:driver_package.bzl", _driver_package = "driver_package")
load("//rules/private:prestart_command.bzl", _prestart_command = "prestart_command")

application = _application
content_package = _content_package
driver_package = _driver_package
prestart_command = _prestart_command
