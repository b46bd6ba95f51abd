#include "tools/engine/disks.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/bytes.h"
#include "tools/engine/pattern.h"

namespace tsmedia {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Length of the run of digits at `text[i]`.
size_t DigitRun(std::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && IsDigit(text[end])) {
    ++end;
  }
  return end - i;
}

// Compares texts with the numbers in them as numbers; paths hold hexadecimal digits too, but always in equal width.
bool NaturalLess(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const size_t a_digits = DigitRun(a, i);
    const size_t b_digits = DigitRun(b, j);
    if (a_digits > 0 && b_digits > 0 && a_digits != b_digits) {
      // A longer number is larger: the kernel writes either no leading zeros or a fixed width.
      return a_digits < b_digits;
    }
    if (a[i] != b[j]) {
      return a[i] < b[j];
    }
    ++i;
    ++j;
  }
  return a.size() - i < b.size() - j;
}

bool DiskLess(const DiskFacts* a, const DiskFacts* b) {
  if (a->by_path() != b->by_path()) {
    return NaturalLess(a->by_path(), b->by_path());
  }
  return std::tie(a->serial(), a->device()) < std::tie(b->serial(), b->device());
}

bool IndexMatches(const DiskSelector& selector, uint32_t number, const VariableStore& variables) {
  if (selector.has_index() && selector.index() != number) {
    return false;
  }
  if (selector.index_variable().empty()) {
    return true;
  }
  uint32_t wanted = 0;
  return absl::SimpleAtoi(variables.Get(selector.index_variable()), &wanted) && wanted == number;
}

bool TextMatches(const std::string& pattern, const std::string& text, const VariableStore& variables) {
  return pattern.empty() || MatchesPattern(variables.Expand(pattern).text, text);
}

bool Matches(const DiskSelector& selector, const NumberedDisk& candidate, const VariableStore& variables) {
  const DiskFacts& disk = *candidate.disk;
  return IndexMatches(selector, candidate.number, variables) &&
         TextMatches(selector.serial(), disk.serial(), variables) &&
         TextMatches(selector.by_path(), disk.by_path(), variables) &&
         TextMatches(selector.model(), disk.model(), variables) &&
         (!selector.has_min_size_mb() || disk.size() / kMiB >= selector.min_size_mb()) &&
         (!selector.has_max_size_mb() || (disk.size() + kMiB - 1) / kMiB <= selector.max_size_mb());
}

std::string DescribeDisks(const std::vector<NumberedDisk>& disks) {
  return absl::StrJoin(disks, ", ",
                       [](std::string* out, const NumberedDisk& disk) { out->append(DescribeDisk(disk)); });
}

absl::Status NoDisk(const std::vector<NumberedDisk>& fixed) {
  if (fixed.empty()) {
    return absl::NotFoundError("the machine has no fixed disk that can be written to");
  }
  return absl::NotFoundError(absl::StrCat("no disk matches; the machine has ", DescribeDisks(fixed)));
}

}  // namespace

std::vector<NumberedDisk> FixedDisks(const MachineFacts& facts) {
  std::vector<const DiskFacts*> disks;
  for (const DiskFacts& disk : facts.disks()) {
    if (!disk.removable() && !disk.read_only() && !disk.medium()) {
      disks.push_back(&disk);
    }
  }
  std::sort(disks.begin(), disks.end(), DiskLess);
  std::vector<NumberedDisk> numbered;
  for (const DiskFacts* disk : disks) {
    numbered.push_back({static_cast<uint32_t>(numbered.size()), disk});
  }
  return numbered;
}

std::vector<NumberedDisk> MatchingDisks(const DiskSelector& selector, const MachineFacts& facts,
                                        const VariableStore& variables) {
  std::vector<NumberedDisk> disks = FixedDisks(facts);
  std::erase_if(disks, [&](const NumberedDisk& disk) { return !Matches(selector, disk, variables); });
  return disks;
}

absl::StatusOr<NumberedDisk> SelectDisk(const DiskSelector& selector, const MachineFacts& facts,
                                        const VariableStore& variables) {
  const std::vector<NumberedDisk> matching = MatchingDisks(selector, facts, variables);
  if (matching.empty()) {
    return NoDisk(FixedDisks(facts));
  }
  auto by_size = [](const NumberedDisk& a, const NumberedDisk& b) { return a.disk->size() < b.disk->size(); };
  switch (selector.pick()) {
    case DiskSelector::SMALLEST:
      return *std::min_element(matching.begin(), matching.end(), by_size);
    case DiskSelector::LARGEST:
      return *std::max_element(matching.begin(), matching.end(), by_size);
    default:
      break;
  }
  if (matching.size() > 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        matching.size(), " disks match, and which one is meant is not guessed: ", DescribeDisks(matching)));
  }
  return matching[0];
}

std::string DescribeDisk(const NumberedDisk& disk) {
  const DiskFacts& facts = *disk.disk;
  return absl::StrCat("disk ", disk.number, " (", facts.device(), facts.model().empty() ? "" : ", ", facts.model(),
                      facts.serial().empty() ? "" : ", serial ", facts.serial(), ", ", facts.size() / kMiB, " MB)");
}

uint32_t SectorSize(const DiskFacts& disk) { return disk.sector_size() == 0 ? 512 : disk.sector_size(); }

std::string PartitionDevice(std::string_view disk, uint32_t number) {
  return absl::StrCat(disk, !disk.empty() && IsDigit(disk.back()) ? "p" : "", number);
}

}  // namespace tsmedia
