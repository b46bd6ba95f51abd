// Writing a medium to a drive, so that at no moment the drive is taken for a medium that it is not.
//
// A drive that is half old and half new is worse than none: it may start and deploy a mixture. So before anything else
// the old medium's signature is overwritten, then what makes the drive a medium (partition tables, volume descriptor);
// the new ones are written when all other bytes have been flushed and read back from the drive, and the signature after
// everything. Whoever pulls the plug at any moment has a drive that nothing accepts, or a complete one.

#ifndef TSMEDIA_TOOLS_DRIVE_WRITE_MEDIUM_H_
#define TSMEDIA_TOOLS_DRIVE_WRITE_MEDIUM_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "tools/base/extent.h"
#include "tools/base/layout_source.h"
#include "tools/drive/block_target.h"
#include "tools/drive/pieces.h"

namespace tsmedia {

struct WriteResult {
  uint64_t written = 0;  // bytes of the medium that were written; 0: the device held exactly this medium
  uint64_t size = 0;     // bytes of the medium
};

// WriteMedium writes the image that `layout` describes and `open` opens the inputs of. Where the device is larger, the
// backup GPT goes to its end. After success every byte has been read back from the device and is right.
//
// Errors name the device, the offset and what to do: FailedPrecondition if the device is too small, DataLoss if it does
// not take or give back what was written. After an error the device is not accepted as a medium, unless it did not even
// take the first write: then it holds what it held.
absl::StatusOr<WriteResult> WriteMedium(const Layout& layout, const OpenInput& open, const PieceOptions& options,
                                        BlockTarget* target);

// UpdateMedium does the same for a device that holds a similar medium. It compares the whole device first, then writes
// only what differs, in the same order and with the same checks. If nothing does, nothing is written.
absl::StatusOr<WriteResult> UpdateMedium(const Layout& layout, const OpenInput& open, const PieceOptions& options,
                                         BlockTarget* target);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_WRITE_MEDIUM_H_
