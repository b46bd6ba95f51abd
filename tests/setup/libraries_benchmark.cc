// Google Benchmark links and runs under the name that the rest of the tree uses.

#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"

namespace tsmedia {
namespace {

void BM_StrCat(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(absl::StrCat("a", state.iterations()));
  }
}
BENCHMARK(BM_StrCat);

}  // namespace
}  // namespace tsmedia
