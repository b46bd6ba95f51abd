#include "tools/iso9660/system_use.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/iso9660/both_endian.h"
#include "tools/iso9660/format.h"

namespace tsmedia::iso {
namespace {

// A record has at most a few continuation areas; more are a loop.
constexpr int kMaxContinuations = 32;
// Longest continuation area that is read.
constexpr uint64_t kMaxContinuationSize = 32 * kKiB;
// Names end at 255 bytes and targets at 4096 in POSIX systems.
constexpr size_t kMaxName = 255;
constexpr size_t kMaxTarget = 4096;

// SL flags (RRIP 1.10, 4.1.3.1).
constexpr uint8_t kSlContinue = 0x01;
constexpr uint8_t kSlCurrent = 0x02;
constexpr uint8_t kSlParent = 0x04;
constexpr uint8_t kSlRoot = 0x08;

struct Continuation {
  uint64_t offset;
  uint64_t length;
};

class Parser {
 public:
  Parser(const ByteSource& source, uint64_t volume_size, std::string_view where)
      : source_(source), volume_size_(volume_size), where_(where) {}

  absl::StatusOr<RockRidge> Parse(std::string_view system_use) {
    TSM_RETURN_IF_ERROR(ParseArea(system_use));
    for (int i = 0; next_.has_value(); ++i) {
      if (i == kMaxContinuations) {
        return Error("the continuation areas form a loop");
      }
      Continuation area = *next_;
      next_.reset();
      TSM_ASSIGN_OR_RETURN(std::string bytes, source_.ReadString(area.offset, area.length));
      TSM_RETURN_IF_ERROR(ParseArea(bytes));
    }
    return std::move(result_);
  }

 private:
  absl::Status Error(std::string_view what) const { return absl::DataLossError(absl::StrCat(where_, ": ", what)); }

  absl::Status ParseArea(std::string_view area) {
    while (area.size() >= kSuspHeader) {
      std::string_view signature = area.substr(0, 2);
      if (signature[0] == '\0') {
        break;  // padding
      }
      size_t length = static_cast<uint8_t>(area[2]);
      if (length < kSuspHeader || length > area.size()) {
        return Error("a system use entry has an impossible length");
      }
      if (signature == "ST") {
        break;
      }
      TSM_RETURN_IF_ERROR(ParseEntry(signature, area.substr(0, length)));
      area.remove_prefix(length);
    }
    return absl::OkStatus();
  }

  absl::Status ParseEntry(std::string_view signature, std::string_view entry) {
    if (signature == "CE") return ParseContinuation(entry);
    if (signature == "PX") return ParseMode(entry);
    if (signature == "NM") return ParseName(entry);
    if (signature == "SL") return ParseTarget(entry);
    if (signature == "CL") return ParseChildLink(entry);
    if (signature == "RE") result_.relocated = true;
    if (signature == "ZF") return Error("the file is compressed (zisofs), which is not supported");
    return absl::OkStatus();
  }

  absl::StatusOr<uint32_t> Number(std::string_view entry, size_t offset, std::string_view field) const {
    if (offset + 8 > entry.size()) {
      return Error(absl::StrCat(field, ": the entry is too short"));
    }
    return LoadBoth<uint32_t>(entry, offset, where_, field, 0);
  }

  absl::Status ParseContinuation(std::string_view entry) {
    TSM_ASSIGN_OR_RETURN(uint32_t sector, Number(entry, 4, "continuation area's location"));
    TSM_ASSIGN_OR_RETURN(uint32_t offset, Number(entry, 12, "continuation area's offset"));
    TSM_ASSIGN_OR_RETURN(uint32_t length, Number(entry, 20, "continuation area's length"));
    uint64_t start = sector * kSectorSize + offset;
    if (length > kMaxContinuationSize || start > volume_size_ || length > volume_size_ - start) {
      return Error(absl::StrCat("the continuation area at offset ", start, " with ", length,
                                " bytes is outside of the volume or too long"));
    }
    if (next_.has_value()) {
      return Error("has two continuation areas");
    }
    next_ = Continuation{start, length};
    return absl::OkStatus();
  }

  absl::Status ParseMode(std::string_view entry) {
    TSM_ASSIGN_OR_RETURN(result_.mode, Number(entry, 4, "PX mode"));
    return absl::OkStatus();
  }

  absl::Status ParseName(std::string_view entry) {
    if (entry.size() < kNmHeader) {
      return Error("an NM entry is too short");
    }
    uint8_t flags = static_cast<uint8_t>(entry[4]);
    if ((flags & (kNmCurrent | kNmParent)) != 0) {
      return absl::OkStatus();  // "." or "..": said by the identifier
    }
    if (!result_.name.has_value()) {
      result_.name.emplace();
    }
    result_.name->append(entry.substr(kNmHeader));
    return result_.name->size() > kMaxName ? Error("the Rock Ridge name has more than 255 bytes") : absl::OkStatus();
  }

  absl::Status ParseTarget(std::string_view entry) {
    std::string_view rest = entry.substr(std::min<size_t>(5, entry.size()));
    while (rest.size() >= 2) {
      uint8_t flags = static_cast<uint8_t>(rest[0]);
      size_t length = static_cast<uint8_t>(rest[1]);
      if (length > rest.size() - 2) {
        return Error("a component of the symbolic link has an impossible length");
      }
      AppendComponent(flags, rest.substr(2, length));
      rest.remove_prefix(2 + length);
      if (result_.symlink_target.size() > kMaxTarget) {
        return Error("the target of the symbolic link has more than 4096 bytes");
      }
    }
    return absl::OkStatus();
  }

  void AppendComponent(uint8_t flags, std::string_view text) {
    std::string& target = result_.symlink_target;
    if ((flags & kSlRoot) != 0) {
      target = "/";
      return;
    }
    if (!target.empty() && target.back() != '/' && !component_continues_) {
      target.push_back('/');
    }
    if ((flags & kSlCurrent) != 0) {
      target.append(".");
    } else if ((flags & kSlParent) != 0) {
      target.append("..");
    } else {
      target.append(text);
    }
    component_continues_ = (flags & kSlContinue) != 0;
  }

  absl::Status ParseChildLink(std::string_view entry) {
    TSM_ASSIGN_OR_RETURN(result_.child_link, Number(entry, 4, "CL location"));
    return absl::OkStatus();
  }

  const ByteSource& source_;
  const uint64_t volume_size_;
  const std::string_view where_;
  RockRidge result_;
  std::optional<Continuation> next_;
  bool component_continues_ = false;
};

}  // namespace

absl::StatusOr<RockRidge> ParseRockRidge(const ByteSource& source, uint64_t volume_size, std::string_view system_use,
                                         std::string_view where) {
  return Parser(source, volume_size, where).Parse(system_use);
}

}  // namespace tsmedia::iso
