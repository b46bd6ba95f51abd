#include "tools/plan/report.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "tools/base/json_writer.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

constexpr std::string_view kFileRegion = "file /";

// A segment and the package that it belongs to.
struct Owner {
  const PackageEntry* package = nullptr;
  const SegmentEntry* segment = nullptr;
};

// By volume and path.
using Owners = std::map<std::pair<uint32_t, std::string_view>, Owner>;

Owners OwnersOf(const Manifest& manifest) {
  Owners owners;
  for (const PackageEntry& package : manifest.packages()) {
    for (const SegmentEntry& segment : package.segments()) {
      owners[{segment.volume(), segment.path()}] = {&package, &segment};
    }
  }
  return owners;
}

struct Space {
  uint64_t used = 0;
  uint64_t free = 0;
};

// Of a set, what the volume could have in addition; else what nothing lies in.
Space SpaceOf(const MediaPlan& plan, const VolumePlan& volume) {
  Space space;
  for (const PlanExtent& extent : volume.extents()) {
    space.used += extent.length();
  }
  const uint64_t limit = plan.manifest().form().volume_size();
  space.free = limit > 0 ? limit - volume.size() : volume.size() - space.used;
  return space;
}

// Calls `visit(path, extent, owner)` for each file of the volume, in the order in which they lie on it.
template <typename Visitor>
void ForEachFile(const VolumePlan& volume, const Owners& owners, Visitor visit) {
  for (const PlanExtent& extent : volume.extents()) {
    std::string_view path = extent.region();
    if (!extent.structure() && absl::ConsumePrefix(&path, kFileRegion)) {
      auto owner = owners.find({volume.number(), path});
      visit(path, extent, owner == owners.end() ? Owner() : owner->second);
    }
  }
}

std::string FileNameOf(const MediaPlan& plan, const VolumePlan& volume) {
  return VolumeFileName(plan.manifest().label(), volume.number(), static_cast<uint32_t>(plan.volumes_size()));
}

bool IsSet(const MediaPlan& plan) { return plan.manifest().form().volume_size() > 0; }

}  // namespace

std::string TextReport(const MediaPlan& plan) {
  const Manifest& manifest = plan.manifest();
  const Owners owners = OwnersOf(manifest);
  std::string text = absl::StrCat(MediaKindText(manifest.media_kind()), " media \"", manifest.label(), "\", media ID ",
                                  MediaIdText(manifest), ", volumes: ", plan.volumes_size(), "\n");
  for (const VolumePlan& volume : plan.volumes()) {
    const Space space = SpaceOf(plan, volume);
    absl::StrAppend(&text, "\nvolume ", volume.number(),
                    IsSet(plan) ? absl::StrCat(", ", FileNameOf(plan, volume)) : "", ": ", volume.size(), " bytes, ",
                    space.free, " free\n");
    absl::StrAppendFormat(&text, "%16s %14s  %s\n", "offset", "bytes", "file");
    ForEachFile(volume, owners, [&](std::string_view path, const PlanExtent& extent, const Owner& owner) {
      absl::StrAppendFormat(&text, "%16d %14d  /%s", extent.offset(), extent.length(), path);
      if (owner.package != nullptr) {
        absl::StrAppend(&text, " (blocks ", owner.segment->first_block(), " to ",
                        owner.segment->first_block() + owner.segment->block_count() - 1, ")");
      }
      text += '\n';
    });
  }
  return text;
}

std::string JsonReport(const MediaPlan& plan) {
  const Owners owners = OwnersOf(plan.manifest());
  JsonWriter json;
  json.BeginObject();
  json.String("label", plan.manifest().label());
  json.String("media_id", MediaIdText(plan.manifest()));
  json.BeginArray("volumes");
  for (const VolumePlan& volume : plan.volumes()) {
    const Space space = SpaceOf(plan, volume);
    json.BeginObject();
    json.Number("number", volume.number());
    if (IsSet(plan)) {
      json.String("file", FileNameOf(plan, volume));
    }
    json.Number("size", volume.size());
    json.Number("used", space.used);
    json.Number("free", space.free);
    json.BeginArray("files");
    ForEachFile(volume, owners, [&](std::string_view path, const PlanExtent& extent, const Owner& owner) {
      json.BeginObject();
      json.String("path", path);
      json.Number("offset", extent.offset());
      json.Number("size", extent.length());
      if (owner.package != nullptr) {
        json.String("package", owner.package->package_id());
        json.String("version", owner.package->version());
        json.Number("first_block", owner.segment->first_block());
        json.Number("block_count", owner.segment->block_count());
      }
      json.EndObject();
    });
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.Finish();
}

}  // namespace tsmedia
