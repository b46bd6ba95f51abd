#include "tools/cpio/cpio_reader.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr CpioType kTypes[] = {CpioType::kFile, CpioType::kDirectory, CpioType::kSymlink, CpioType::kCharDevice,
                               CpioType::kBlockDevice};

std::optional<CpioType> TypeOf(uint32_t mode) {
  for (const CpioType type : kTypes) {
    if ((mode & kCpioTypeMask) == CpioTypeBits(type)) {
      return type;
    }
  }
  return std::nullopt;
}

using Fields = std::array<uint32_t, kCpioFieldCount>;

// Reads eight hexadecimal digits a field; nothing if there is another character.
std::optional<Fields> ParseFields(std::string_view header) {
  Fields fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string_view digits = header.substr(kCpioMagic.size() + i * kCpioFieldSize, kCpioFieldSize);
    // SimpleHexAtoi takes blanks and signs as well.
    const bool plain = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (!plain || !absl::SimpleHexAtoi(digits, &fields[i])) {
      return std::nullopt;
    }
  }
  return fields;
}

}  // namespace

absl::Status CpioReader::Error(std::string_view problem) const {
  return absl::DataLossError(absl::StrCat(archive_->name(), ": cpio member at offset ", position_, ": ", problem));
}

absl::StatusOr<std::optional<CpioReader::Member>> CpioReader::Next() {
  TSM_ASSIGN_OR_RETURN(const std::string header, archive_->ReadString(position_, kCpioHeaderSize));
  const std::optional<Fields> fields = ParseFields(header);
  if (!absl::StartsWith(header, kCpioMagic) || !fields.has_value()) {
    return Error("no header of the format newc");
  }
  const uint32_t name_size = (*fields)[kCpioNameSize];
  if (name_size < 2 || name_size > kCpioMaxNameSize) {
    return Error("the size of the name is out of range");
  }
  TSM_ASSIGN_OR_RETURN(std::string name, archive_->ReadString(position_ + kCpioHeaderSize, name_size));
  if (name.find('\0') != name.size() - 1) {
    return Error("the name does not end in its only NUL");
  }
  name.pop_back();
  uint64_t end = position_ + kCpioHeaderSize + name_size;
  end += CpioPadding(kCpioHeaderSize + name_size);
  if (name == kCpioTrailer) {
    position_ = end;
    return std::nullopt;
  }
  const uint32_t mode = (*fields)[kCpioMode];
  const std::optional<CpioType> type = TypeOf(mode);
  if (!type.has_value()) {
    return Error("neither file, directory, symlink nor device");
  }
  const uint32_t size = (*fields)[kCpioSize];
  const bool has_data = *type == CpioType::kFile || *type == CpioType::kSymlink;
  if (end > archive_->size() || size > archive_->size() - end || (!has_data && size != 0)) {
    return Error("the size of its data is out of range");
  }
  position_ = end + size + CpioPadding(size);
  return Member{.entry = {.path = std::move(name),
                          .type = *type,
                          .mode = mode & ~kCpioTypeMask & 07777,
                          .size = size,
                          .device_major = (*fields)[kCpioDeviceMajor],
                          .device_minor = (*fields)[kCpioDeviceMinor]},
                .data_offset = end};
}

}  // namespace tsmedia
