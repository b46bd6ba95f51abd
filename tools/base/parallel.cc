#include "tools/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace tsmedia {

int WorkerThreads() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u)); }

void RunOnThreads(int threads, size_t count, size_t buffer_size,
                  absl::FunctionRef<void(size_t number, MutableByteSpan buffer)> work) {
  std::atomic<size_t> next = 0;
  auto run = [&] {
    std::vector<uint8_t> buffer(buffer_size);
    for (size_t i = next++; i < count; i = next++) {
      work(i, MutableByteSpan(buffer));
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back(run);
  }
  run();
  for (std::thread& thread : others) {
    thread.join();
  }
}

}  // namespace tsmedia
