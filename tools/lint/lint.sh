#!/bin/bash
# Formatting of all tracked C++, protocol buffer and Starlark files.
#
#   tools/bazel run //tools/lint:check    fails and names what is wrong
#   tools/bazel run //tools/lint:fix      rewrites it
set -uo pipefail
cd "$BUILD_WORKSPACE_DIRECTORY" || exit 1

tracked() { git ls-files -z --deduplicate -- "$@"; }

readonly cpp=('*.cc' '*.h' '*.proto')
readonly starlark=('*.bzl' '*.BUILD' '*BUILD.bazel' WORKSPACE)

case $1 in
  check)
    status=0
    tracked "${cpp[@]}" | xargs -0 -r clang-format --dry-run -Werror || status=1
    tracked "${starlark[@]}" | xargs -0 -r buildifier --mode=check --lint=warn || status=1
    exit $status
    ;;
  fix)
    tracked "${cpp[@]}" | xargs -0 -r clang-format -i
    tracked "${starlark[@]}" | xargs -0 -r buildifier --mode=fix --lint=fix
    ;;
esac
