// Fuzz target: any bytes as a stored pack, all the way to files: verified, decompressed, unpacked, as the agent applies
// an image. Nothing of it appears outside of its directory.

#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/read_ahead_source.h"
#include "tools/base/sha256.h"
#include "tools/content/ahead_stream.h"
#include "tools/content/pack_info.h"
#include "tools/content/pack_reader.h"
#include "tools/medium/medium.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.pb.h"
#include "tools/steps/image_unpack.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

// A medium whose every file is the pack.
class PackMedium : public Medium {
 public:
  explicit PackMedium(std::string pack) : pack_(std::move(pack)) {}
  const std::string& name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view) const override {
    return std::make_unique<MemorySource>(pack_);
  }
  absl::StatusOr<std::vector<std::string>> ListFiles() const override { return std::vector<std::string>(); }
  const ByteSource* image() const override { return nullptr; }
  MediaFormat format() const override { return MEDIA_FORMAT_UNSPECIFIED; }
  bool ends_with_image() const override { return true; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view) const override { return std::vector<ByteRange>(); }

 private:
  const std::string name_ = "medium";
  const std::string pack_;
};

PackageEntry EntryOf(const std::string& pack) {
  PackageEntry entry;
  entry.set_package_id("LAB00001");
  entry.set_version("1");
  entry.set_size(pack.size());
  BlockHasher hasher;
  hasher.Update(AsBytes(pack));
  hasher.Finish();
  for (const Sha256Digest& block : hasher.blocks()) {
    entry.mutable_block_sha256()->append(DigestText(block));
  }
  SegmentEntry* segment = entry.add_segments();
  segment->set_volume(1);
  segment->set_path("payload.00000");
  segment->set_block_count(static_cast<uint32_t>(hasher.blocks().size()));
  return entry;
}

// Directories of one process; the outer one must stay empty but for the inner one.
const std::string& Outside() {
  static const std::string* const directory = [] {
    const char* base = getenv("TEST_TMPDIR");
    std::string path = std::string(base == nullptr ? "/tmp" : base) + "/content_fuzz.XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      abort();
    }
    return new std::string(path);
  }();
  return *directory;
}

void Apply(const std::string& pack, PackInfo::Compression compression, const std::string& directory) {
  SingleVolume volumes(std::make_shared<PackMedium>(pack));
  Manifest manifest;
  *manifest.add_packages() = EntryOf(pack);
  const absl::StatusOr<std::unique_ptr<PackSource>> source =
      PackSource::Open(volumes, manifest, manifest.packages(0), nullptr);
  if (!source.ok()) {
    abort();  // the pack is what the manifest says
  }
  const ReadAheadSource ahead(source->get());
  PackReader reader(&ahead, compression);
  AheadStream content(&reader);
  UnpackImage(content, directory).IgnoreError();
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string pack(reinterpret_cast<const char*>(data), size);
  const std::string inside = tsmedia::Outside() + "/root";
  for (const tsmedia::PackInfo::Compression compression : {tsmedia::PackInfo::NONE, tsmedia::PackInfo::ZSTD}) {
    std::error_code error;
    tsmedia::fs::create_directory(inside, error);
    tsmedia::Apply(pack, compression, inside);
    tsmedia::fs::remove_all(inside, error);
    if (!tsmedia::fs::is_empty(tsmedia::Outside(), error)) {
      abort();
    }
  }
  return 0;
}
