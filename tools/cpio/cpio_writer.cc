#include "tools/cpio/cpio_writer.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr uint32_t kMaxPermissions = 07777;

absl::Status BadEntry(const CpioEntry& entry, std::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("cpio: '", entry.path, "' ", problem));
}

bool IsRelativePath(std::string_view path) {
  for (std::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == ".." || absl::StrContains(part, '\0')) {
      return false;
    }
  }
  return path.size() < kCpioMaxNameSize && path != kCpioTrailer;
}

}  // namespace

absl::Status CpioWriter::Check(const CpioEntry& entry, ByteSpan data) const {
  if (!IsRelativePath(entry.path)) {
    return BadEntry(entry, "is no path of a member");
  }
  if (entry.path <= last_path_) {
    return BadEntry(entry, absl::StrCat("comes after '", last_path_, "': entries must ascend"));
  }
  const size_t slash = entry.path.rfind('/');
  if (slash != std::string::npos && !directories_.contains(entry.path.substr(0, slash))) {
    return BadEntry(entry, "comes before its directory");
  }
  const bool has_data = entry.type == CpioType::kFile || entry.type == CpioType::kSymlink;
  if (data.size() != entry.size || (!has_data && entry.size != 0) || entry.mode > kMaxPermissions) {
    return BadEntry(entry, "has a wrong size or mode");
  }
  return absl::OkStatus();
}

absl::Status CpioWriter::Add(const CpioEntry& entry, ByteSpan data) {
  TSM_RETURN_IF_ERROR(Check(entry, data));
  last_path_ = entry.path;
  if (entry.type == CpioType::kDirectory) {
    directories_.insert(entry.path);
  }
  return Write(entry, ++last_inode_, CpioTypeBits(entry.type) | entry.mode, data);
}

absl::Status CpioWriter::Finish() { return Write({.path = std::string(kCpioTrailer)}, 0, 0, {}); }

absl::Status CpioWriter::Write(const CpioEntry& entry, uint32_t inode, uint32_t mode, ByteSpan data) {
  std::array<uint32_t, kCpioFieldCount> fields = {};
  fields[kCpioInode] = inode;
  fields[kCpioMode] = mode;
  // A directory's real link count would depend on what comes later; the kernel makes its own.
  fields[kCpioLinkCount] = entry.type == CpioType::kDirectory ? 2 : 1;
  fields[kCpioTime] = inode == 0 ? 0 : time_;
  fields[kCpioSize] = entry.size;
  fields[kCpioDeviceMajor] = entry.device_major;
  fields[kCpioDeviceMinor] = entry.device_minor;
  fields[kCpioNameSize] = static_cast<uint32_t>(entry.path.size() + 1);
  std::string header(kCpioMagic);
  for (const uint32_t field : fields) {
    absl::StrAppendFormat(&header, "%08X", field);
  }
  absl::StrAppend(&header, entry.path);
  header.push_back('\0');
  header.append(CpioPadding(header.size()), '\0');
  TSM_RETURN_IF_ERROR(sink_->Append(header));
  TSM_RETURN_IF_ERROR(sink_->Append(data));
  return sink_->Append(std::string(CpioPadding(data.size()), '\0'));
}

}  // namespace tsmedia
