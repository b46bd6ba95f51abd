"""Task sequences."""

load("//rules/private:task_sequence.bzl", _task_sequence = "task_sequence")

task_sequence = _task_sequence
