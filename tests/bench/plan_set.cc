// How long a set of discs takes to plan: `tools/bazel run //tests/bench:plan_set`.
//
// 100,000 packages on about 1,000 volumes of 650 MB. The whole plan is made: packing, layout of every volume, manifest.

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/base/args.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/plan/media.pb.h"
#include "tools/plan/planner.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] = R"(usage: plan_set

Plans 100,000 packages on CDs, and prints how long that takes.
)";

constexpr int kPackages = 100000;
constexpr uint64_t kCdSize = 333000 * 2048;
constexpr uint64_t kSmallest = 2 * kMiB;
constexpr uint64_t kSpread = 9 * kMiB;

void AddBootFile(const std::string& path, BootFileRole role, uint64_t size, BootInfo& boot) {
  BootFile* file = boot.add_files();
  file->set_path(path);
  file->set_role(role);
  file->set_size(size);
  file->set_sha256(std::string(32, 'd'));
}

PlanRequest MakeRequest() {
  PlanRequest request;
  request.form.set_format(ISO);
  request.form.set_volume_size(kCdSize);
  request.content.definition.target = "//bench:set";
  request.content.definition.label = "BENCH";
  request.content.definition.arch = "x86_64";
  request.content.sequence = "a task sequence";
  request.boot.set_boot_image_id(std::string(32, 'b'));
  AddBootFile("boot/initrd.0", INITRD, 20 * kMiB, request.boot);
  AddBootFile("boot/vmlinuz", KERNEL, 12 * kMiB, request.boot);
  for (int i = 0; i < kPackages; ++i) {
    // Sizes that have nothing to do with the order, and are the same in every run.
    const uint64_t size = kSmallest + static_cast<uint64_t>(i) * 2654435761 % kSpread;
    ResolvedPackage package;
    package.info.set_context(std::string(kPackInfoContext));
    package.info.set_package_id(absl::StrFormat("LAB%05d", i));
    package.info.set_version("1");
    package.info.set_kind("package");
    package.info.set_stored_size(size);
    package.info.set_block_sha256(std::string((size + kBlockSize - 1) / kBlockSize * 32, 'd'));
    package.reason = "content";
    request.content.packages.push_back(package);
  }
  return request;
}

absl::Status Run(Args& args) {
  TSM_RETURN_IF_ERROR(args.Finish());
  const PlanRequest request = MakeRequest();
  const absl::Time start = absl::Now();
  TSM_ASSIGN_OR_RETURN(const MediaPlan plan, PlanMedia(request));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::cout << absl::StrFormat("%d packages on %d volumes: %.2f s\n", kPackages, plan.volumes_size(), seconds);
  return absl::OkStatus();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "plan_set", tsmedia::kHelp, tsmedia::Run); }
