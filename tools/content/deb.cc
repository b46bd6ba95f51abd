#include "tools/content/deb.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// ar(5): the archive's magic, and the header of a member.
constexpr std::string_view kArMagic = "!<arch>\n";
constexpr uint64_t kMemberHeaderSize = 60;
constexpr size_t kMemberNameSize = 16;
constexpr size_t kMemberSizeOffset = 48;
constexpr size_t kMemberSizeSize = 10;
constexpr std::string_view kMemberEnd = "`\n";

// deb(5): the first member holds the version of the format.
constexpr std::string_view kVersionMember = "debian-binary";
// A package has three members; some tools add a signature or two.
constexpr int kMaxMembers = 64;

struct ArMember {
  std::string name;
  uint64_t offset = 0;  // of its data
  uint64_t size = 0;
};

absl::Status Damaged(const ByteSource& source, uint64_t offset, std::string_view problem) {
  return absl::DataLossError(absl::StrCat(source.name(), ": damaged Debian package at offset ", offset, ": ", problem));
}

absl::StatusOr<ArMember> ReadMember(const ByteSource& source, uint64_t offset) {
  TSM_ASSIGN_OR_RETURN(std::string header, source.ReadString(offset, kMemberHeaderSize));
  ArMember member;
  std::string_view size =
      absl::StripTrailingAsciiWhitespace(std::string_view(header).substr(kMemberSizeOffset, kMemberSizeSize));
  bool digits = std::all_of(size.begin(), size.end(), [](char c) { return absl::ascii_isdigit(c); });
  if (!absl::EndsWith(header, kMemberEnd) || !digits || !absl::SimpleAtoi(size, &member.size)) {
    return Damaged(source, offset, "this is no header of an ar member");
  }
  member.name = absl::StripTrailingAsciiWhitespace(header.substr(0, kMemberNameSize));
  if (absl::EndsWith(member.name, "/")) {
    member.name.pop_back();  // System V's end of a name
  }
  member.offset = offset + kMemberHeaderSize;
  if (member.size > source.size() - member.offset) {
    return Damaged(source, offset, absl::StrCat("the member ", member.name, " is truncated"));
  }
  return member;
}

absl::Status CheckVersion(const ByteSource& source, const ArMember& member) {
  std::string version;
  if (member.name == kVersionMember) {
    TSM_ASSIGN_OR_RETURN(version, source.ReadString(member.offset, std::min<uint64_t>(member.size, 16)));
  }
  return absl::StartsWith(version, "2.")
             ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat(source.name(), ": an ar archive, but no Debian package"));
}

}  // namespace

absl::StatusOr<bool> IsAr(const ByteSource& source) {
  if (source.size() < kArMagic.size()) {
    return false;
  }
  TSM_ASSIGN_OR_RETURN(std::string magic, source.ReadString(0, kArMagic.size()));
  return magic == kArMagic;
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenDebData(const ByteSource* source) {
  TSM_ASSIGN_OR_RETURN(bool is_ar, IsAr(*source));
  if (!is_ar) {
    return absl::InvalidArgumentError(absl::StrCat(source->name(), ": no Debian package: it is no ar archive"));
  }
  uint64_t offset = kArMagic.size();
  for (int i = 0; i < kMaxMembers && offset < source->size(); ++i) {
    TSM_ASSIGN_OR_RETURN(ArMember member, ReadMember(*source, offset));
    if (i == 0) {
      TSM_RETURN_IF_ERROR(CheckVersion(*source, member));
    }
    if (member.name == "data.tar" || absl::StartsWith(member.name, "data.tar.")) {
      return SliceSource::Create(source, member.offset, member.size, absl::StrCat(source->name(), "!", member.name));
    }
    offset = member.offset + member.size + member.size % 2;  // members begin at even offsets
  }
  return Damaged(*source, offset, "there is no member data.tar");
}

}  // namespace tsmedia
