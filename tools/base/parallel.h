// Independent pieces of work on several threads.

#ifndef TSMEDIA_TOOLS_BASE_PARALLEL_H_
#define TSMEDIA_TOOLS_BASE_PARALLEL_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// Threads that work at once: the processors, at most 8.
int WorkerThreads();

// RunOnThreads calls `work` for every number below `count`, on `threads` threads in about ascending order, and returns
// when all is done. Each call has a buffer of `buffer_size` bytes to itself.
void RunOnThreads(int threads, size_t count, size_t buffer_size,
                  absl::FunctionRef<void(size_t number, MutableByteSpan buffer)> work);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_PARALLEL_H_
