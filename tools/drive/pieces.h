// Work on the parts of a device, several at once.

#ifndef TSMEDIA_TOOLS_DRIVE_PIECES_H_
#define TSMEDIA_TOOLS_DRIVE_PIECES_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "tools/base/bytes.h"
#include "tools/drive/grains.h"

namespace tsmedia {

// Told what is being done ("comparing", "writing", "reading back") and how many bytes of how many are; from any thread,
// one call at a time.
using WriteProgress = std::function<void(std::string_view what, uint64_t done, uint64_t total)>;

// How work is divided.
struct PieceOptions {
  // Threads that work at once. With one, pieces come in ascending order.
  int threads = 4;
  // Bytes of a piece, a multiple of kGrainSize; two are in memory for each thread.
  uint64_t piece_size = 1 * kMiB;
  WriteProgress progress = nullptr;
};

// PieceWork is called with the offset of a piece and two buffers of its size, which are aligned to kTargetAlignment.
using PieceWork = absl::FunctionRef<absl::Status(uint64_t offset, MutableByteSpan first, MutableByteSpan second)>;

// ForEachPiece calls `work` for every marked part of a device of `size` bytes, in pieces. After an error no further
// piece is begun; of several errors that of the lowest offset is returned.
absl::Status ForEachPiece(std::string_view what, const Grains& grains, uint64_t size, const PieceOptions& options,
                          PieceWork work);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_PIECES_H_
