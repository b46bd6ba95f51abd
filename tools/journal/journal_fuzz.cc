// Fuzz target: the journal of a disk that holds any bytes; and the same with the checksum of the header made right, as
// no record would be reached otherwise. The input is a header, padded to 1 KiB, and records.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/journal/journal.h"
#include "tools/journal/records.h"

namespace tsmedia {
namespace {

constexpr size_t kInputHeader = 1024;

void Read(const std::string& disk) {
  const MemorySource source(disk);
  const absl::StatusOr<JournalHeader> header = ReadJournalHeader(source);
  if (header.ok()) {
    ReadLastRecord(source, *header, nullptr).status().IgnoreError();
  }
}

void MakeChecksumRight(std::string& disk, uint64_t segment) {
  const uint32_t length = LoadLittle<uint32_t>(AsBytes(disk).data() + segment);
  if (length <= kInputHeader) {
    const Sha256Digest digest = Sha256(std::string_view(disk).substr(segment + kRecordLengthSize, length));
    disk.replace(segment + kRecordLengthSize + length, digest.size(), DigestText(digest));
  }
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tsmedia::kInputHeader;
  if (size > tsmedia::kSegmentSize) {
    return 0;
  }
  std::string input(reinterpret_cast<const char*>(data), size);
  input.resize(std::max(size, kInputHeader));
  for (uint64_t number = 0; number < tsmedia::kJournalSegments; ++number) {
    const uint64_t segment = tsmedia::kJournalOffset + number * tsmedia::kSegmentSize;
    std::string disk(segment, '\0');
    disk += input.substr(0, kInputHeader);
    disk.resize(segment + tsmedia::kSegmentHeaderSize);
    disk += input.substr(kInputHeader);
    disk.resize(2 * tsmedia::kMiB);
    tsmedia::Read(disk);
    tsmedia::MakeChecksumRight(disk, segment);
    tsmedia::Read(disk);
  }
  return 0;
}
