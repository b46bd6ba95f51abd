// unpack PACK DIRECTORY: our reader of packs and our unpacker, for the tests of this folder.

#include "tools/content/unpack.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/content/pack_reader.h"

namespace tsmedia {
namespace {

absl::Status Run(Args& args) {
  TSM_RETURN_IF_ERROR(args.Finish());
  if (args.positional().size() != 2) {
    return UsageError("write PACK DIRECTORY");
  }
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(args.positional()[0]));
  PackReader reader(source.get(), PackInfo::ZSTD);
  return UnpackTar(reader, args.positional()[1]);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "unpack", "", tsmedia::Run); }
