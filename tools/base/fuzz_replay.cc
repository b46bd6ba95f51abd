// main() of a fuzz target that runs as a test: every seed as it is, every truncation and every flipped bit of it up to
// a bound, so that the parser meets damaged input in each `bazel test`.

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace tsmedia {
namespace {

constexpr uint64_t kMaxSeedSize = 16 * kMiB;
// Mutations of each sort a seed: enough to touch every header field of small seeds, and quick for large ones.
constexpr size_t kMutations = 512;

void RunOne(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

void RunSeed(const std::string& seed) {
  RunOne(seed);
  size_t step = seed.size() / kMutations + 1;
  for (size_t length = 0; length < seed.size(); length += step) {
    RunOne(seed.substr(0, length));
  }
  for (size_t i = 0; i < seed.size(); i += step) {
    std::string damaged = seed;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    RunOne(damaged);
    damaged[i] = static_cast<char>(0xff);
    RunOne(damaged);
  }
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: fuzz target SEED...\n";
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    absl::StatusOr<std::string> seed = tsmedia::ReadWholeFile(argv[i], tsmedia::kMaxSeedSize);
    if (!seed.ok()) {
      std::cerr << seed.status().message() << "\n";
      return 1;
    }
    tsmedia::RunSeed(*seed);
  }
  return 0;
}
