#include "tools/steps/efi_boot_entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf16.h"
#include "tools/gpt/gpt.h"

namespace tsmedia {
namespace {

constexpr std::string_view kLoader = "\\EFI\\BOOT\\BOOTX64.EFI";

// EFI_GLOBAL_VARIABLE (UEFI 2.10, section 3.3) ends the names of files in efivarfs.
constexpr std::string_view kGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

// A file begins with the variable's attributes: here non-volatile, of boot services and at run time
// (Linux, Documentation/filesystems/efivarfs.rst; UEFI 2.10, section 8.2).
constexpr uint32_t kAttributes = 7;
constexpr size_t kAttributesSize = 4;
constexpr size_t kMaxVariable = 64 * kKiB;

constexpr uint32_t kLoadOptionActive = 1;
constexpr size_t kDescriptionOffset = 6;

// Device paths: UEFI 2.10, sections 10.3.1 and 10.3.5.
constexpr uint8_t kMediaPath = 4;
constexpr uint8_t kHardDrive = 1;
constexpr uint8_t kFilePath = 4;
constexpr uint8_t kPartitionGpt = 2;
constexpr uint8_t kSignatureGuid = 2;
constexpr uint8_t kEndPath = 0x7f;
constexpr uint8_t kEndEntire = 0xff;

template <typename T>
std::string Little(T value) {
  std::string bytes(sizeof(T), '\0');
  StoreLittle(value, reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

// UTF-16 with its null character.
std::string Text16(std::string_view text) {
  std::string bytes;
  for (const char16_t unit : Utf8ToUtf16(text).value_or(u"Linux")) {
    bytes += Little(static_cast<uint16_t>(unit));
  }
  return bytes + Little(uint16_t{0});
}

std::string PathNode(uint8_t type, uint8_t subtype, std::string_view data) {
  const uint16_t length = static_cast<uint16_t>(4 + data.size());
  return absl::StrCat(Little(type), Little(subtype), Little(length), data);
}

std::string VariablePath(const std::string& variables, std::string_view name) {
  return absl::StrCat(variables, "/", name, "-", kGlobal);
}

std::string EntryName(uint16_t number) { return absl::StrFormat("Boot%04X", number); }

// The value of a variable; nothing if there is none.
std::string ReadVariable(const std::string& variables, std::string_view name) {
  const int fd = open(VariablePath(variables, name).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return "";
  }
  const absl::Cleanup close_fd = [fd] { close(fd); };
  std::string bytes(kMaxVariable, '\0');
  const ssize_t size = read(fd, bytes.data(), bytes.size());
  return size <= static_cast<ssize_t>(kAttributesSize)
             ? ""
             : bytes.substr(kAttributesSize, static_cast<size_t>(size) - kAttributesSize);
}

// The kernel takes a variable in one piece.
absl::Status WriteVariable(const std::string& variables, std::string_view name, std::string_view value) {
  const int fd = open(VariablePath(variables, name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot set the firmware's variable ", name));
  }
  const absl::Cleanup close_fd = [fd] { close(fd); };
  const std::string bytes = absl::StrCat(Little(kAttributes), value);
  if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot set the firmware's variable ", name));
  }
  return absl::OkStatus();
}

std::vector<uint16_t> ReadOrder(const std::string& variables) {
  const std::string bytes = ReadVariable(variables, "BootOrder");
  std::vector<uint16_t> order;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    order.push_back(LoadLittle<uint16_t>(AsBytes(bytes).data() + i));
  }
  return order;
}

// Whether an entry has a description; it follows attributes and length of the path.
bool HasDescription(std::string_view option, std::string_view description) {
  const std::string text = Text16(description);
  return option.size() > kDescriptionOffset && option.substr(kDescriptionOffset, text.size()) == text;
}

// Makes the entry the first of all. Returns its number.
absl::StatusOr<uint16_t> AddEntry(const std::string& option, std::vector<uint16_t> order,
                                  const std::string& variables) {
  uint16_t number = 0;
  while (!ReadVariable(variables, EntryName(number)).empty()) {
    if (++number == 0) {
      return absl::ResourceExhaustedError("the firmware has no place for another boot entry");
    }
  }
  TSM_RETURN_IF_ERROR(WriteVariable(variables, EntryName(number), option));
  order.insert(order.begin(), number);
  std::string bytes;
  for (const uint16_t entry : order) {
    bytes += Little(entry);
  }
  TSM_RETURN_IF_ERROR(WriteVariable(variables, "BootOrder", bytes));
  return number;
}

}  // namespace

absl::StatusOr<EfiBootEntry> EntryOfDisk(const ByteSource& disk, uint32_t sector_size, std::string description) {
  TSM_ASSIGN_OR_RETURN(const Gpt gpt, ReadGpt(disk, sector_size));
  for (const GptPartition& partition : gpt.partitions) {
    if (partition.type == EfiSystemType()) {
      return EfiBootEntry{.description = std::move(description),
                          .partition = partition.number,
                          .first_lba = partition.first_lba,
                          .sectors = partition.last_lba - partition.first_lba + 1,
                          .partition_id = partition.id};
    }
  }
  return absl::NotFoundError(absl::StrCat(disk.name(), " has no EFI system partition"));
}

std::string FormatLoadOption(const EfiBootEntry& entry) {
  const std::string drive =
      PathNode(kMediaPath, kHardDrive,
               absl::StrCat(Little(entry.partition), Little(entry.first_lba), Little(entry.sectors),
                            AsText(ByteSpan(entry.partition_id)), Little(kPartitionGpt), Little(kSignatureGuid)));
  const std::string path =
      absl::StrCat(drive, PathNode(kMediaPath, kFilePath, Text16(kLoader)), PathNode(kEndPath, kEndEntire, ""));
  return absl::StrCat(Little(kLoadOptionActive), Little(static_cast<uint16_t>(path.size())), Text16(entry.description),
                      path);
}

absl::Status StartNext(const EfiBootEntry& entry, const std::string& variables) {
  const std::string option = FormatLoadOption(entry);
  const std::vector<uint16_t> order = ReadOrder(variables);
  auto known = std::find_if(order.begin(), order.end(), [&](uint16_t number) {
    return HasDescription(ReadVariable(variables, EntryName(number)), entry.description);
  });
  uint16_t number = 0;
  if (known != order.end()) {
    number = *known;
    TSM_RETURN_IF_ERROR(WriteVariable(variables, EntryName(number), option));
  } else {
    TSM_ASSIGN_OR_RETURN(number, AddEntry(option, order, variables));
  }
  return WriteVariable(variables, "BootNext", Little(number));
}

}  // namespace tsmedia
