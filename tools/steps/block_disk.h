// A disk that is being written: a block device, or in tests a file.

#ifndef TSMEDIA_TOOLS_STEPS_BLOCK_DISK_H_
#define TSMEDIA_TOOLS_STEPS_BLOCK_DISK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {

class BlockDisk : public ByteSource {
 public:
  // Open opens a disk or partition for reading and writing. FailedPrecondition if something else uses it: a mounted
  // file system, a volume group, a RAID.
  static absl::StatusOr<std::unique_ptr<BlockDisk>> Open(const std::string& path);
  // OpenShared opens a disk that may be in use, for writing where nothing else does: between its partitions.
  static absl::StatusOr<std::unique_ptr<BlockDisk>> OpenShared(const std::string& path);

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return path_; }

  // WriteAt writes all of `bytes`, which must lie inside of the disk.
  absl::Status WriteAt(uint64_t offset, ByteSpan bytes);

  // WriteZeros writes `length` zeros; what lies beyond the end is left out.
  absl::Status WriteZeros(uint64_t offset, uint64_t length);

  // Flush returns when everything is on the disk.
  absl::Status Flush();

  // RereadPartitions makes the kernel use the partition table that is on the disk now. A file has no kernel.
  absl::Status RereadPartitions();

 private:
  BlockDisk(std::string path, UniqueFd fd, uint64_t size, bool is_device)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size), is_device_(is_device) {}
  static absl::StatusOr<std::unique_ptr<BlockDisk>> OpenWith(const std::string& path, int flags);
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  const std::string path_;
  const UniqueFd fd_;
  const uint64_t size_;
  const bool is_device_;
};

// DiskSink writes in order from an offset on.
class DiskSink : public ByteSink {
 public:
  DiskSink(BlockDisk* disk, uint64_t offset) : disk_(disk), offset_(offset) {}
  using ByteSink::Append;
  absl::Status Append(ByteSpan bytes) override;

 private:
  BlockDisk* disk_;
  uint64_t offset_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_BLOCK_DISK_H_
