// A package of a medium, put together from its segments.

#ifndef TSMEDIA_TOOLS_MEDIUM_PACKAGE_SOURCE_H_
#define TSMEDIA_TOOLS_MEDIUM_PACKAGE_SOURCE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/medium/medium.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// SegmentsSource is a stored pack as it lies on the medium: nothing in it is verified. A segment is opened when it is
// first read, and let go of when one of another volume is.
class SegmentsSource : public ByteSource {
 public:
  // `volumes` and `package` must outlive the source.
  SegmentsSource(VolumeProvider& volumes, const PackageEntry& package);

  uint64_t size() const override { return package_.size(); }
  // "package LAB00001 version 1".
  const std::string& name() const override { return name_; }
  // Where a block lies: its segment's file and offset, for messages.
  std::string Place(uint64_t block) const;

 private:
  struct OpenSegment {
    std::shared_ptr<const Medium> medium;
    std::unique_ptr<ByteSource> file;  // of `medium`
  };

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  int SegmentOf(uint64_t block) const;
  absl::StatusOr<std::shared_ptr<const OpenSegment>> Open(int index) const ABSL_LOCKS_EXCLUDED(mutex_);

  VolumeProvider& volumes_;
  const PackageEntry& package_;
  const std::string name_;
  mutable absl::Mutex mutex_;
  // Those of one volume, by index.
  mutable std::map<int, std::shared_ptr<const OpenSegment>> open_ ABSL_GUARDED_BY(mutex_);
  mutable uint32_t volume_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: none yet
};

// PackageSource reads a stored pack; no byte leaves it unverified. Each 4 MiB block is read once into memory, compared
// with its digest in the manifest, and given out from that memory. A block that differs is DataLoss: "package LAB00001
// version 1: block 3 is damaged". The last four blocks are kept, so that a few threads can go through the pack side by
// side; each block is loaded by one of them. A package that lies on several volumes is read by one thread, in order, or
// somebody may be asked for a volume twice.
class PackageSource : public ByteSource {
 public:
  // `volumes` and `package` must outlive the source.
  PackageSource(VolumeProvider& volumes, const PackageEntry& package)
      : package_(package), segments_(volumes, package) {}

  uint64_t size() const override { return segments_.size(); }
  const std::string& name() const override { return segments_.name(); }

 private:
  // A block in memory. Whoever changes `number` loads it; the others wait for `ready`. What `mutex_` does not guard
  // changes only while `ready` is false.
  struct Block {
    std::optional<uint64_t> number;  // guarded by mutex_, like the next three
    bool ready = false;
    int users = 0;
    uint64_t last_use = 0;
    std::vector<uint8_t> bytes;
    absl::Status status;
  };

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  // Returns the block, loaded and in use until Release.
  const Block* Acquire(uint64_t number) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Release(const Block* block) const ABSL_LOCKS_EXCLUDED(mutex_);
  Block* FindOrTake(uint64_t number, bool* taken) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SomeBlockIsFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Load(uint64_t number, std::vector<uint8_t>* bytes) const;

  const PackageEntry& package_;
  const SegmentsSource segments_;
  mutable absl::Mutex mutex_;
  mutable std::array<Block, 4> blocks_;
  mutable uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_PACKAGE_SOURCE_H_
