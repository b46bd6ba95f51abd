#include "tools/medium/verify.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/bytes.h"
#include "tools/base/parallel.h"
#include "tools/base/ranges_source.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/base/utf8.h"
#include "tools/content/pack_info.h"
#include "tools/medium/device_table.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

constexpr uint64_t kReadSize = kMiB;
constexpr size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

// A piece of work that needs no other: a run of bytes that has a digest, or must be zero.
struct Check {
  std::string path;  // of a file in a directory; empty: the extents are those of the image
  std::vector<ByteRange> extents;
  std::string digest;  // empty: the bytes must be zero
  std::string region;
  std::string detail;  // what else to say about damage; may be empty
};

// Bytes of the image that are no padding, and what they are called.
struct Covered {
  ByteRange range;
  std::string region;
};

uint64_t LengthOf(const std::vector<ByteRange>& extents) {
  uint64_t length = 0;
  for (const ByteRange& extent : extents) {
    length += extent.length;
  }
  return length;
}

// The part [offset, offset + length) of a file, as extents of the image.
std::vector<ByteRange> SubExtents(const std::vector<ByteRange>& extents, uint64_t offset, uint64_t length) {
  std::vector<ByteRange> part;
  for (const ByteRange& extent : extents) {
    if (offset < extent.length && length > 0) {
      uint64_t count = std::min(length, extent.length - offset);
      part.push_back({extent.offset + offset, count});
      length -= count;
      offset = 0;
    } else if (offset >= extent.length) {
      offset -= extent.length;
    }
  }
  return part;
}

// A file system of a drive changes what is its own whenever it is used. These regions have its partition's name before
// theirs: "data partition: FAT directory /".
bool IsBookkeeping(std::string_view region) { return absl::StrContains(region, " partition: "); }

// Runs checks on several threads and collects what they find.
class Checker {
 public:
  Checker(const Medium& medium, uint64_t total, const ProgressCallback& progress)
      : medium_(medium), total_(total), progress_(progress) {}

  void Run(const std::vector<Check>& checks, int threads) {
    RunOnThreads(threads, checks.size(), kReadSize,
                 [&](size_t i, MutableByteSpan buffer) { RunOne(checks[i], buffer); });
  }

  std::vector<Finding> TakeFindings() {
    absl::MutexLock lock(&mutex_);
    return std::move(findings_);
  }

 private:
  void RunOne(const Check& check, MutableByteSpan buffer) {
    if (check.path.empty()) {
      return Compare(*medium_.image(), check, buffer);
    }
    absl::StatusOr<std::unique_ptr<ByteSource>> file = medium_.OpenFile(check.path);
    if (!file.ok()) {
      return Report({check.region, 0, std::string(file.status().message())});
    }
    Compare(**file, check, buffer);
  }

  void Compare(const ByteSource& source, const Check& check, MutableByteSpan buffer) {
    Sha256Hasher hasher;
    for (const ByteRange& extent : check.extents) {
      for (uint64_t done = 0; done < extent.length;) {
        MutableByteSpan part = buffer.first(std::min<uint64_t>(buffer.size(), extent.length - done));
        uint64_t offset = extent.offset + done;
        if (absl::Status status = source.ReadAt(offset, part); !status.ok()) {
          Report({check.region, offset, std::string(status.message())});
          return;
        }
        if (!check.digest.empty()) {
          hasher.Update(part);
        } else if (!AllZero(part)) {
          auto first = std::ranges::find_if(part, [](uint8_t byte) { return byte != 0; });
          Report({check.region, offset + static_cast<uint64_t>(first - part.begin()), "not zero"});
          return;
        }
        done += part.size();
        Advance(part.size());
      }
    }
    if (!check.digest.empty() && DigestText(hasher.Finish()) != check.digest) {
      Report({check.region, check.extents[0].offset, absl::StrCat("damaged", check.detail)});
    }
  }

  void Report(Finding finding) {
    absl::MutexLock lock(&mutex_);
    findings_.push_back(std::move(finding));
  }

  void Advance(uint64_t bytes) {
    absl::MutexLock lock(&mutex_);
    done_ += bytes;
    if (progress_) {
      progress_(done_, total_);
    }
  }

  const Medium& medium_;
  const uint64_t total_;
  const ProgressCallback& progress_;
  absl::Mutex mutex_;
  uint64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Finding> findings_ ABSL_GUARDED_BY(mutex_);
};

class Verifier {
 public:
  Verifier(const Medium& medium, const AcceptedMedium& accepted, bool was_used)
      : medium_(medium),
        manifest_(accepted.manifest.manifest),
        volume_(accepted.volume.number()),
        is_own_form_(medium.format() != MEDIA_FORMAT_UNSPECIFIED && medium.format() == manifest_.form().format()),
        is_image_(is_own_form_ && !(was_used && medium.format() == USB)) {}

  absl::StatusOr<VerifyResult> Run(int threads, const ProgressCallback& progress) {
    AddFiles();
    AddPackages();
    if (is_own_form_) {
      AddStructures();
    }
    if (is_image_) {
      AddPadding();
    } else {
      TSM_RETURN_IF_ERROR(AddForeignFiles());
    }
    uint64_t total = 0;
    for (const Check& check : checks_) {
      total += LengthOf(check.extents);
    }
    result_.bytes = total;
    std::ranges::stable_sort(checks_, {}, [](const Check& check) { return check.extents[0].offset; });
    Checker checker(medium_, total, progress);
    checker.Run(checks_, threads);
    std::ranges::move(checker.TakeFindings(), std::back_inserter(result_.findings));
    std::ranges::stable_sort(result_.findings, {}, [](const Finding& f) { return std::tie(f.offset, f.region); });
    return std::move(result_);
  }

 private:
  void Report(std::string_view path, uint64_t offset, std::string problem) {
    result_.findings.push_back({absl::StrCat("file /", path), offset, std::move(problem)});
  }

  // By which a path is compared with others. On FAT case does not count.
  std::string PathKey(std::string_view path) const {
    return medium_.image() == nullptr ? std::string(path) : CollisionKey(path);
  }

  absl::StatusOr<std::vector<ByteRange>> LocateInFile(const std::string& path) const {
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, medium_.OpenFile(path));
    return std::vector<ByteRange>{{0, file->size()}};
  }

  // Where the bytes of a file are: in the image, or in the file itself. Nothing after a finding.
  std::optional<std::vector<ByteRange>> Locate(const std::string& path, uint64_t size) {
    known_paths_.insert(PathKey(path));
    absl::StatusOr<std::vector<ByteRange>> extents = is_image_ ? medium_.Locate(path) : LocateInFile(path);
    if (!extents.ok()) {
      Report(path, 0, absl::IsNotFound(extents.status()) ? "missing" : std::string(extents.status().message()));
      return std::nullopt;
    }
    if (LengthOf(*extents) != size) {
      Report(path, extents->empty() ? 0 : extents->front().offset,
             absl::StrCat("it has ", LengthOf(*extents), " bytes, the manifest says ", size));
      return std::nullopt;
    }
    return *std::move(extents);
  }

  void Cover(const std::vector<ByteRange>& extents, const std::string& region) {
    for (const ByteRange& extent : extents) {
      covered_.push_back({extent, region});
    }
  }

  // `path` is that of the file which the bytes belong to; empty for the image's own.
  void AddCheck(const std::string& path, std::vector<ByteRange> extents, std::string_view digest, std::string region,
                std::string detail = "") {
    if (LengthOf(extents) == 0) {
      return;
    }
    Cover(extents, region);
    checks_.push_back(
        {is_image_ ? "" : path, std::move(extents), std::string(digest), std::move(region), std::move(detail)});
  }

  bool OnThisVolume(const FileEntry& file) const {
    return file.volumes().empty() || std::ranges::find(file.volumes(), volume_) != file.volumes().end();
  }

  void AddFiles() {
    for (const FileEntry& file : manifest_.files()) {
      if (!OnThisVolume(file)) {
        continue;
      }
      if (auto extents = Locate(file.path(), file.size())) {
        AddCheck(file.path(), *std::move(extents), file.sha256(), absl::StrCat("file /", file.path()));
      }
    }
    // The manifest and its signature prove themselves: AcceptMedium read them whole.
    for (std::string_view path : {kManifestPath, kSignaturePath}) {
      known_paths_.insert(PathKey(path));
      if (absl::StatusOr<std::vector<ByteRange>> extents = medium_.Locate(path); extents.ok()) {
        Cover(*extents, absl::StrCat("file /", path));
      }
    }
  }

  void AddPackages() {
    for (const PackageEntry& package : manifest_.packages()) {
      for (const SegmentEntry& segment : package.segments()) {
        if (segment.volume() == volume_) {
          AddSegment(package, segment);
        }
      }
    }
  }

  void AddSegment(const PackageEntry& package, const SegmentEntry& segment) {
    uint64_t begin = segment.first_block() * kBlockSize;
    uint64_t size = std::min(segment.block_count() * kBlockSize, package.size() - begin);
    auto extents = Locate(segment.path(), size);
    if (!extents.has_value()) {
      return;
    }
    for (uint64_t block = 0; block < segment.block_count(); ++block) {
      uint64_t offset = block * kBlockSize;
      uint64_t number = segment.first_block() + block;
      AddCheck(segment.path(), SubExtents(*extents, offset, std::min(kBlockSize, size - offset)),
               std::string_view(package.block_sha256()).substr(number * kDigestSize, kDigestSize),
               absl::StrCat("file /", segment.path()),
               absl::StrCat(": package ", package.package_id(), " version ", package.version(), ", block ", number));
    }
  }

  const VolumeEntry& volume() const { return manifest_.volumes(static_cast<int>(volume_) - 1); }

  void AddStructures() {
    const std::map<std::string, RegionEntry> moved =
        medium_.ends_with_image() ? std::map<std::string, RegionEntry>() : MovedTable(*medium_.image(), volume());
    for (const RegionEntry& region : volume().structures()) {
      if (!is_image_ && IsBookkeeping(region.name())) {
        continue;
      }
      auto elsewhere = moved.find(region.name());
      if (elsewhere == moved.end()) {
        AddCheck("", {{region.offset(), region.length()}}, region.sha256(), region.name());
        continue;
      }
      // Where the image has its backup GPT counts nothing, where the device has it is no padding.
      Cover({{region.offset(), region.length()}}, region.name());
      const RegionEntry& entry = elsewhere->second;
      checks_.push_back({"", {{entry.offset(), entry.length()}}, entry.sha256(), entry.name(), ""});
    }
  }

  // The size is right, and what is neither a structure nor a file is zero.
  void AddPadding() {
    uint64_t size = medium_.image()->size();
    if (size < volume().size()) {
      result_.findings.push_back(
          {"end of the image", size,
           absl::StrCat("truncated: the image has ", size, " bytes, the manifest says ", volume().size())});
    } else if (size > volume().size() && medium_.ends_with_image()) {
      result_.findings.push_back({"end of the image", volume().size(),
                                  absl::StrCat(size - volume().size(), " bytes follow the end of the image")});
    }
    AddGaps(std::min(size, volume().size()));
  }

  // What neither a structure nor a file covers is padding, and zero.
  void AddGaps(uint64_t size) {
    std::ranges::sort(covered_, {}, [](const Covered& covered) { return covered.range.offset; });
    covered_.push_back({{size, 0}, ""});
    uint64_t end = 0;
    std::string_view last;
    for (const Covered& covered : covered_) {
      if (covered.range.offset > end) {
        AddZeros(end, covered.range.offset, absl::StrCat("zero padding after ", last));
      }
      if (covered.range.offset + covered.range.length > end) {
        end = covered.range.offset + covered.range.length;
        last = covered.region;
      }
    }
  }

  void AddZeros(uint64_t begin, uint64_t end, const std::string& region) {
    for (uint64_t offset = begin; offset < end; offset += kBlockSize) {
      checks_.push_back({"", {{offset, std::min(kBlockSize, end - offset)}}, "", region, ""});
    }
  }

  absl::Status AddForeignFiles() {
    TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, medium_.ListFiles());
    for (const std::string& path : paths) {
      if (known_paths_.erase(PathKey(path)) > 0) {
        continue;
      }
      // Firmware, boot loader and agent look only into these; elsewhere a file does nothing.
      if (absl::StartsWithIgnoreCase(path, "EFI/") || absl::StartsWithIgnoreCase(path, "boot/") ||
          absl::StartsWithIgnoreCase(path, "tsmedia/")) {
        Report(path, 0, "the manifest does not list it");
      } else {
        result_.notes.push_back(absl::StrCat("foreign file /", path));
      }
    }
    return absl::OkStatus();
  }

  const Medium& medium_;
  const Manifest& manifest_;
  const uint32_t volume_;
  const bool is_own_form_;  // else the files were copied to where they are
  const bool is_image_;     // every byte counts; else only what is not a file system's own
  std::vector<Check> checks_;
  std::vector<Covered> covered_;
  std::set<std::string> known_paths_;  // that the manifest lists, as PathKey
  VerifyResult result_;
};

}  // namespace

absl::StatusOr<VerifyResult> VerifyMedium(const Medium& medium, const AcceptedMedium& accepted, int threads,
                                          const ProgressCallback& progress) {
  return Verifier(medium, accepted, /*was_used=*/false).Run(threads, progress);
}

absl::StatusOr<VerifyResult> VerifyUsedDrive(const Medium& medium, const AcceptedMedium& accepted, int threads,
                                             const ProgressCallback& progress) {
  return Verifier(medium, accepted, /*was_used=*/true).Run(threads, progress);
}

}  // namespace tsmedia
