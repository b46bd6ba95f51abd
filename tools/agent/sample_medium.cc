#include "tools/agent/sample_medium.h"

#include <utility>
#include <vector>

#include "absl/log/check.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/extent.h"
#include "tools/base/render.h"
#include "tools/base/sha256.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/signify.h"
#include "tools/iso9660/iso_layout.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

std::string VolumeFile(const std::string& label, const std::string& media_id, uint32_t number, uint32_t count) {
  VolumeInfo volume;
  volume.set_context(std::string(kVolumeContext));
  volume.set_media_id(media_id);
  volume.set_number(number);
  volume.set_count(count);
  volume.set_label(label);
  return SerializeCanonical(volume);
}

Manifest SampleManifest(const std::string& label) {
  Manifest manifest;
  manifest.set_context(std::string(kManifestContext));
  manifest.set_media_kind(STANDALONE);
  manifest.set_media_id(std::string(DigestText(Sha256(label))));
  manifest.set_label(label);
  manifest.set_arch("x86_64");
  manifest.set_not_before(kSampleBegin);
  manifest.set_not_after(kSampleEnd);
  manifest.set_test_only(true);
  return manifest;
}

// Adds a volume to the manifest, and returns its volume.binpb.
std::string AddVolume(Manifest& manifest, uint32_t number, uint32_t count) {
  std::string bytes = VolumeFile(manifest.label(), manifest.media_id(), number, count);
  FileEntry* file = manifest.add_files();
  file->set_path(std::string(kVolumePath));
  file->set_size(bytes.size());
  file->set_sha256(std::string(DigestText(Sha256(bytes))));
  if (count > 1) {
    file->add_volumes(number);
  }
  manifest.add_volumes()->set_number(number);
  return bytes;
}

// The files of a volume.
std::map<std::string, std::string> VolumeFiles(const Manifest& manifest, const std::string& volume) {
  const std::string bytes = SerializeCanonical(manifest);
  return {{std::string(kManifestPath), bytes},
          {std::string(kSignaturePath), SampleSignature(bytes)},
          {std::string(kVolumePath), volume}};
}

}  // namespace

std::map<std::string, std::string> SampleFiles(const std::string& label, bool unattended, MediaFormat format) {
  Manifest manifest = SampleManifest(label);
  manifest.set_unattended(unattended);
  const std::string volume = AddVolume(manifest, 1, 1);
  manifest.mutable_form()->set_format(format);
  manifest.mutable_form()->set_sector_size(format == USB ? 512 : 0);
  return VolumeFiles(manifest, volume);
}

std::vector<std::map<std::string, std::string>> SampleSet(const std::string& label, uint32_t volumes) {
  Manifest manifest = SampleManifest(label);
  manifest.mutable_form()->set_format(ISO);
  std::vector<std::string> volume_files;
  for (uint32_t number = 1; number <= volumes; ++number) {
    volume_files.push_back(AddVolume(manifest, number, volumes));
  }
  std::vector<std::map<std::string, std::string>> set;
  for (const std::string& volume : volume_files) {
    set.push_back(VolumeFiles(manifest, volume));
  }
  return set;
}

std::string SampleSignature(const std::string& manifest) {
  const auto key = ReadSigningKey("testdata/keys/test_release.sec");
  CHECK_OK(key.status());
  return FormatSignifySignature(key->Sign(AsBytes(manifest)));
}

std::string SampleIso(const std::map<std::string, std::string>& files) {
  std::vector<IsoFile> iso_files;
  for (const auto& [path, bytes] : files) {
    iso_files.push_back({"/" + path, bytes.size(), InlineBytes{bytes}});
  }
  IsoOptions options;
  options.label = "SAMPLE";
  const auto layout = LayoutIso(options, std::move(iso_files));
  CHECK_OK(layout.status());
  StringSink sink;
  CHECK_OK(Render(*layout, std::map<std::string, const ByteSource*>(), 0, layout->size, &sink));
  return sink.TakeBytes();
}

Anchors SampleAnchors() {
  const auto key = ReadPublicKey("testdata/keys/test_release.pub");
  CHECK_OK(key.status());
  return AnchorsFor(*key);
}

}  // namespace tsmedia
