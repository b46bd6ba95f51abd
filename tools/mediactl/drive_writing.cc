#include "tools/mediactl/drive_writing.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/parallel.h"
#include "tools/base/program.h"
#include "tools/base/progress.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/signify.h"
#include "tools/crypto/test_keys.h"
#include "tools/drive/device_checks.h"
#include "tools/drive/file_target.h"
#include "tools/drive/image_layout.h"
#include "tools/mediactl/common.h"
#include "tools/mediactl/permission.h"
#include "tools/mediactl/user_path.h"
#include "tools/medium/medium.h"
#include "tools/medium/protected_content.h"
#include "tools/medium/verify.h"
#include "tools/plan/manifest.h"
#include "tools/plan/named_inputs.h"
#include "tools/plan/plan.pb.h"
#include "tools/plan/plan_file.h"

namespace tsmedia {
namespace {

// Sectors of the disk that an ISO image is as well.
constexpr uint32_t kIsoSectorSize = 512;

// ---- The command line -----------------------------------------------------------------------------------------------

// Paths are absolute.
struct Options {
  std::string medium;  // empty: straight from the plan
  std::string device;
  std::string public_key;
  std::string plan;
  std::string inputs;
  uint32_t volume = 1;
  bool yes = false;
  bool force = false;
  bool allow_test_key = false;
};

// Symbolic links stay: their names, as those below /dev/disk/by-id, are what the user knows.
std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(UserPath(path), error);
  return error ? path : absolute.lexically_normal().string();
}

absl::StatusOr<Options> ReadOptions(Args& args) {
  Options options;
  TSM_ASSIGN_OR_RETURN(std::string public_key, args.Required("public_key"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> plan, args.Optional("plan"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> inputs, args.Optional("inputs"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> volume, args.Optional("volume"));
  TSM_ASSIGN_OR_RETURN(options.yes, args.Bool("yes"));
  TSM_ASSIGN_OR_RETURN(options.force, args.Bool("force"));
  TSM_ASSIGN_OR_RETURN(options.allow_test_key, args.Bool("allow_test_key"));
  TSM_RETURN_IF_ERROR(args.Finish());
  if (plan.has_value() != inputs.has_value() || (volume.has_value() && !plan.has_value())) {
    return UsageError("--plan, --inputs and --volume belong together; see --help");
  }
  if (volume.has_value() && !absl::SimpleAtoi(*volume, &options.volume)) {
    return UsageError(absl::StrCat("--volume=", *volume, ": write a number"));
  }
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths,
                       Positional(args, plan.has_value() ? std::vector<std::string>{"DEVICE"}
                                                         : std::vector<std::string>{"MEDIUM", "DEVICE"}));
  options.device = AbsolutePath(paths.back());
  options.public_key = AbsolutePath(public_key);
  if (plan.has_value()) {
    options.plan = AbsolutePath(*plan);
    options.inputs = AbsolutePath(*inputs);
  } else {
    options.medium = AbsolutePath(paths.front());
  }
  return options;
}

// The same command line for another working directory and another user.
std::vector<std::string> Arguments(std::string_view command, const Options& options) {
  std::vector<std::string> arguments = {std::string(command), absl::StrCat("--public_key=", options.public_key)};
  if (options.medium.empty()) {
    arguments.push_back(absl::StrCat("--plan=", options.plan));
    arguments.push_back(absl::StrCat("--inputs=", options.inputs));
    arguments.push_back(absl::StrCat("--volume=", options.volume));
  }
  for (const auto& [flag, is_set] : {std::pair<const char*, bool>{"--yes", options.yes},
                                     {"--force", options.force},
                                     {"--allow-test-key", options.allow_test_key}}) {
    if (is_set) {
      arguments.push_back(flag);
    }
  }
  if (!options.medium.empty()) {
    arguments.push_back(options.medium);
  }
  arguments.push_back(options.device);
  return arguments;
}

// ---- The medium -----------------------------------------------------------------------------------------------------

// What will be written.
struct Source {
  std::string name;
  std::shared_ptr<const ByteSource> image;
  Layout layout;
  OpenInput open;
  UserMedium medium;
};

absl::Status OpenImage(const Options& options, const SignifyPublicKey& key, Source* source) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(options.medium, error)) {
    return absl::InvalidArgumentError(absl::StrCat(options.medium, ": not the file of an image"));
  }
  TSM_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> image, FileSource::Open(options.medium));
  source->name = options.medium;
  source->image = image;
  source->open = [image](const std::string&) -> absl::StatusOr<std::shared_ptr<const ByteSource>> { return image; };
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMediumImage(image, /*is_device=*/false));
  TSM_ASSIGN_OR_RETURN(source->medium, AcceptViews(std::move(views), key, source->name));
  TSM_ASSIGN_OR_RETURN(source->layout, LayoutOfImage(*source->medium.medium, *source->medium.accepted));
  return absl::OkStatus();
}

// There is no image: the plan and its inputs are read as if there were.
absl::Status OpenPlan(const Options& options, const SignifyPublicKey& key, Source* source) {
  TSM_ASSIGN_OR_RETURN(const MediaPlan plan, ReadPlan(options.plan));
  TSM_ASSIGN_OR_RETURN(NamedInputs inputs, NamedInputs::Read(options.inputs));
  TSM_ASSIGN_OR_RETURN(source->layout, LoadLayout(plan, options.volume));
  source->name = options.plan;
  source->open = [inputs = std::move(inputs)](const std::string& name) { return inputs.Open(name); };
  source->image = std::make_shared<LayoutSource>(source->layout, source->open, source->name);
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMediumImage(source->image, /*is_device=*/false));
  TSM_ASSIGN_OR_RETURN(source->medium, AcceptViews(std::move(views), key, source->name));
  return absl::OkStatus();
}

absl::Status CheckTestKeys(const Source& source, const SignifyPublicKey& key) {
  const Manifest& manifest = source.medium.manifest;
  bool is_test = manifest.test_only() || IsTestKey(key);
  if (IsProtected(manifest)) {
    TSM_ASSIGN_OR_RETURN(const Recipient recipient, RecipientOf(manifest));
    is_test |= IsTestRecipient(recipient);
  }
  if (is_test) {
    return absl::FailedPreconditionError(
        absl::StrCat(source.name,
                     ": made with TEST-ONLY keys, which everybody has: it protects nothing and proves "
                     "nothing; build it with keys of your own, or say --allow-test-key"));
  }
  return absl::OkStatus();
}

std::string Describe(const Source& source) {
  const Manifest& manifest = source.medium.manifest;
  const VolumeInfo& volume = source.medium.accepted->volume;
  return absl::StrCat(MediaKindText(manifest.media_kind()), " media \"", manifest.label(), "\", media ID ",
                      MediaIdText(manifest), ", volume ", volume.number(), " of ", volume.count(),
                      manifest.test_only() ? ", TEST-ONLY" : "");
}

// The device is not touched for a medium that is damaged.
absl::Status VerifySource(const Source& source) {
  ProgressLine line("verifying");
  TSM_ASSIGN_OR_RETURN(const VerifyResult result,
                       VerifyMedium(*source.medium.medium, *source.medium.accepted, WorkerThreads(),
                                    [&line](uint64_t done, uint64_t total) { line.Update(done, total); }));
  if (result.findings.empty()) {
    return absl::OkStatus();
  }
  const Finding& first = result.findings[0];
  return absl::DataLossError(absl::StrCat(source.name, ": not intact: ", first.region, " (offset ", first.offset,
                                          "): ", first.problem, "; nothing was written"));
}

// ---- The device -----------------------------------------------------------------------------------------------------

// Where the medium will go. `target` is empty for a file that does not exist yet.
struct Destination {
  std::unique_ptr<FileTarget> target;
  std::string description;
};

DeviceNeeds NeedsOf(const Source& source, const Options& options) {
  const MediaForm& form = source.medium.manifest.form();
  const bool is_iso = form.format() != USB;
  return {.size = source.layout.size,
          .sector_size = is_iso ? kIsoSectorSize : form.sector_size(),
          .is_iso = is_iso,
          .allow_fixed = options.force};
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return !a.empty() && std::filesystem::equivalent(a, b, error) && !error;
}

absl::StatusOr<std::string> CheckBlockDevice(const struct stat& status, const Source& source, const Options& options) {
  TSM_ASSIGN_OR_RETURN(const DeviceFacts facts, ReadDeviceFacts("", major(status.st_rdev), minor(status.st_rdev)));
  TSM_RETURN_IF_ERROR(CheckDevice(facts, NeedsOf(source, options)));
  if (!facts.removable) {
    std::cerr << "mediactl: " << facts.device << " is not removable; --force was given\n";
  }
  return DescribeDevice(facts);
}

absl::StatusOr<std::string> CheckFile(const struct stat& status, const Source& source, const Options& options) {
  if (IsSameFile(options.medium, options.device)) {
    return UsageError(absl::StrCat(options.device, ": it cannot be medium and device"));
  }
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  if (size < source.layout.size) {
    return absl::FailedPreconditionError(absl::StrCat(options.device, ": too small: it has ", size,
                                                      " bytes, the medium needs ", source.layout.size,
                                                      "; a file that does not exist gets the right size"));
  }
  return absl::StrCat(options.device, ": a file, ", FormatBytes(size), "\n");
}

// The device is opened before anybody is asked about it, so that it cannot become another one in the meantime.
absl::StatusOr<Destination> OpenDestination(const DriveCommand& command, const Source& source, const Options& options) {
  struct stat status = {};
  if (stat(options.device.c_str(), &status) != 0) {
    // Below /dev a name that does not exist is a mistake, and a file there would fill the memory.
    if (errno != ENOENT || !command.creates_file || absl::StartsWith(options.device, "/dev/")) {
      return absl::ErrnoToStatus(errno, absl::StrCat(options.device, ": there is no such device"));
    }
    return Destination{};
  }
  Destination destination;
  if (S_ISBLK(status.st_mode)) {
    TSM_ASSIGN_OR_RETURN(destination.description, CheckBlockDevice(status, source, options));
  } else if (S_ISREG(status.st_mode)) {
    TSM_ASSIGN_OR_RETURN(destination.description, CheckFile(status, source, options));
  }
  absl::StatusOr<std::unique_ptr<FileTarget>> target = FileTarget::Open(options.device);
  if (absl::IsPermissionDenied(target.status())) {
    return PermissionError(options.device, Arguments(command.name, options));
  }
  TSM_RETURN_IF_ERROR(target.status());
  destination.target = *std::move(target);
  return destination;
}

absl::Status Ask(const DriveCommand& command, const Source& source, const std::string& description) {
  std::cerr << command.warning << ":\n"
            << description << "It becomes " << Describe(source) << ", " << FormatBytes(source.layout.size)
            << ".\nType yes to go on: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes" ? absl::OkStatus() : absl::AbortedError("not confirmed: nothing was written");
}

// ---- All together ---------------------------------------------------------------------------------------------------

// One line of progress for each kind of work, in turn.
class Progress {
 public:
  void Update(std::string_view what, uint64_t done, uint64_t total) {
    if (what_ != what) {
      line_.reset();
      line_ = std::make_unique<ProgressLine>(std::string(what));
      what_ = what;
    }
    line_->Update(done, total);
  }

 private:
  std::string what_;
  std::unique_ptr<ProgressLine> line_;
};

absl::StatusOr<WriteResult> Run(const DriveCommand& command, const Source& source, BlockTarget* target) {
  Progress progress;
  PieceOptions options;
  options.progress = [&progress](std::string_view what, uint64_t done, uint64_t total) {
    progress.Update(what, done, total);
  };
  return command.run(source.layout, source.open, options, target);
}

void Report(const DriveCommand& command, const Options& options, const Source& source, const WriteResult& result) {
  std::cout << options.device << ": ";
  if (result.written == 0) {
    std::cout << "nothing to write: it holds exactly " << Describe(source) << "; " << FormatBytes(result.size)
              << " compared\n";
    return;
  }
  std::cout << command.done << ": " << Describe(source) << "; " << FormatBytes(result.written) << " of "
            << FormatBytes(result.size) << " written (" << result.written << " of " << result.size
            << " bytes), read back and right\n";
}

}  // namespace

absl::Status WriteDrive(const DriveCommand& command, Args& args) {
  TSM_ASSIGN_OR_RETURN(const Options options, ReadOptions(args));
  TSM_ASSIGN_OR_RETURN(const SignifyPublicKey key, ReadPublicKey(options.public_key));
  if (!options.yes && isatty(STDIN_FILENO) != 1) {
    return UsageError("there is no terminal to ask at: say --yes if the device may be overwritten");
  }
  Source source;
  TSM_RETURN_IF_ERROR(options.medium.empty() ? OpenPlan(options, key, &source) : OpenImage(options, key, &source));
  if (!options.allow_test_key) {
    TSM_RETURN_IF_ERROR(CheckTestKeys(source, key));
  }
  TSM_ASSIGN_OR_RETURN(Destination destination, OpenDestination(command, source, options));
  if (!options.yes && destination.target != nullptr) {
    TSM_RETURN_IF_ERROR(Ask(command, source, destination.description));
  }
  TSM_RETURN_IF_ERROR(VerifySource(source));
  if (destination.target == nullptr) {
    TSM_ASSIGN_OR_RETURN(destination.target, FileTarget::Create(options.device, source.layout.size));
  }
  TSM_ASSIGN_OR_RETURN(const WriteResult result, Run(command, source, destination.target.get()));
  if (absl::Status status = destination.target->RereadPartitions(); !status.ok()) {
    std::cerr << "mediactl: note: " << status.message() << "; unplug it and plug it in again\n";
  }
  Report(command, options, source, result);
  return absl::OkStatus();
}

const std::string_view kDriveHelp =
    R"(
MEDIUM is the file of an image: an ISO (also a volume of a set) or a disk image. Without MEDIUM the bytes come straight
from a media plan and the files that it is made of, as `bazel run :NAME.write` does it. It is verified first: only what
its signed manifest says is written.

DEVICE is a whole drive, or a file that stands for one. Refused are a drive that is mounted, used as swap space or by a
volume group, RAID or encryption; the one that the running system is on; one that is write-protected, too small, or has
other sectors than the medium was made for; and one that is not removable, unless --force is given.

The old medium is made invalid first and the new one valid last, after all its bytes were read back from the drive, past
the cache where possible. Whatever ends the work between, a drive that is taken for a medium never comes of it.

  --public_key=FILE  signify public key of the medium's signer
  --plan=FILE        the media plan; with --inputs in the place of MEDIUM
  --inputs=FILE      lines NAME=PATH: the files of the plan's inputs; relative paths begin where FILE lies
  --volume=N         which volume of the plan (default 1)
  --yes              do not ask; without a terminal it has to be given
  --force            also a drive that is not removable
  --allow-test-key   also a medium made with TEST-ONLY keys

Exit code 0: the drive holds exactly the medium. 1: it does not; what happened is said with device and offset.
2: the command line was wrong.
)";

}  // namespace tsmedia
