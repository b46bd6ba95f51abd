// Block devices and regular files as targets.

#ifndef TSMEDIA_TOOLS_DRIVE_FILE_TARGET_H_
#define TSMEDIA_TOOLS_DRIVE_FILE_TARGET_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/unique_fd.h"
#include "tools/drive/block_target.h"

namespace tsmedia {

class FileTarget : public BlockTarget {
 public:
  // Open opens a block device or a regular file, which keeps its size. FailedPrecondition for a device that the kernel
  // itself uses: a file system on it is mounted, it is swap space, or a part of a volume group or RAID.
  // PermissionDenied without the rights to read and write it.
  static absl::StatusOr<std::unique_ptr<FileTarget>> Open(const std::string& path);

  // Create makes a regular file of `size` bytes, with the room for all of them. AlreadyExists if there is one.
  static absl::StatusOr<std::unique_ptr<FileTarget>> Create(const std::string& path, uint64_t size);

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return path_; }
  uint32_t sector_size() const override { return sector_size_; }
  bool is_device() const { return is_device_; }
  // Major and minor number of a device.
  dev_t device_number() const { return device_number_; }

  absl::Status Flush() override;

  // RereadPartitions makes the kernel read the partition table of a device anew. A file has no kernel.
  absl::Status RereadPartitions();

 private:
  FileTarget(std::string path, UniqueFd buffered, UniqueFd direct)
      : path_(std::move(path)), buffered_(std::move(buffered)), direct_(std::move(direct)) {}
  static absl::StatusOr<std::unique_ptr<FileTarget>> Make(const std::string& path, UniqueFd fd);
  absl::Status Examine();
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  absl::Status DoWriteAt(uint64_t offset, ByteSpan bytes) override;
  bool CanGoDirect(uint64_t offset, const uint8_t* memory) const;
  absl::Status ReadDirect(uint64_t offset, MutableByteSpan out) const;
  absl::Status ReadBuffered(uint64_t offset, MutableByteSpan out) const;

  const std::string path_;
  const UniqueFd buffered_;
  const UniqueFd direct_;  // none where the file system cannot do without its cache
  uint64_t size_ = 0;
  uint32_t sector_size_ = 512;
  bool is_device_ = false;
  dev_t device_number_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_FILE_TARGET_H_
