// compare: the program of media_reproducibility_test. It compares the outputs of two builds, names every one that
// differs with the offset of the first different byte, and fails if there is one.

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/testing/first_difference.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] =
    R"(Compares the outputs of two builds byte by byte. An output may be a directory, of which each file counts.

  compare --name=TEXT --first=FILE --second=FILE [--name=... --first=... --second=...]

The flags may be repeated; the first --name belongs to the first --first and --second, and so on.
)";

// Returns whether the files differ, and says it.
absl::StatusOr<bool> FilesDiffer(const std::string& name, const std::string& first_path,
                                 const std::string& second_path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> first, FileSource::Open(first_path));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> second, FileSource::Open(second_path));
  TSM_ASSIGN_OR_RETURN(const std::optional<uint64_t> offset, FirstDifference(*first, *second));
  if (!offset.has_value()) {
    std::cout << "equal: " << name << " (" << first->size() << " bytes)\n";
    return false;
  }
  std::cout << "DIFFERENT: " << name << ": at offset " << *offset << "; " << first_path << " has " << first->size()
            << " bytes, " << second_path << " has " << second->size() << "\n";
  return true;
}

// The names of the files in a directory without subdirectories.
std::set<std::string> NamesIn(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

absl::StatusOr<bool> OutputsDiffer(const std::string& name, const std::string& first, const std::string& second) {
  if (!std::filesystem::is_directory(first)) {
    return FilesDiffer(name, first, second);
  }
  const std::set<std::string> names = NamesIn(first);
  if (names != NamesIn(second)) {
    std::cout << "DIFFERENT: " << name << ": " << first << " and " << second << " have files of other names\n";
    return true;
  }
  bool differ = false;
  for (const std::string& file : names) {
    TSM_ASSIGN_OR_RETURN(
        const bool different,
        FilesDiffer(absl::StrCat(name, ", ", file), absl::StrCat(first, "/", file), absl::StrCat(second, "/", file)));
    differ = differ || different;
  }
  return differ;
}

absl::Status Run(Args& args) {
  const std::vector<std::string> names = args.Repeated("name");
  const std::vector<std::string> firsts = args.Repeated("first");
  const std::vector<std::string> seconds = args.Repeated("second");
  TSM_RETURN_IF_ERROR(args.Finish());
  if (names.empty() || firsts.size() != names.size() || seconds.size() != names.size()) {
    return UsageError("give --name, --first and --second equally often, at least once");
  }
  size_t num_different = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    TSM_ASSIGN_OR_RETURN(const bool different, OutputsDiffer(names[i], firsts[i], seconds[i]));
    num_different += different ? 1 : 0;
  }
  if (num_different > 0) {
    return absl::FailedPreconditionError(absl::StrCat("the second build is different in ", num_different, " of ",
                                                      names.size(), " outputs; the first one named is the cause"));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "compare", tsmedia::kHelp, tsmedia::Run); }
