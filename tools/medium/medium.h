// A medium as somebody has it: an image (of a disc or of a drive), a block device, or a directory with its files.

#ifndef TSMEDIA_TOOLS_MEDIUM_MEDIUM_H_
#define TSMEDIA_TOOLS_MEDIUM_MEDIUM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Medium finds files. Nothing that it returns is verified. Paths have no leading slash. It may be used by several
// threads at once.
class Medium {
 public:
  virtual ~Medium() = default;

  // What an error message calls the medium.
  virtual const std::string& name() const = 0;

  // OpenFile opens a regular file; NotFound if there is none. The medium must outlive it.
  virtual absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const = 0;

  // ListFiles returns the paths of all regular files, ascending.
  virtual absl::StatusOr<std::vector<std::string>> ListFiles() const = 0;

  // The image or device that holds the files; null if they are files of a directory.
  virtual const ByteSource* image() const = 0;

  // What image() is an image of, if it is one. MEDIA_FORMAT_UNSPECIFIED: somebody copied the files into a directory or
  // a file system.
  virtual MediaFormat format() const = 0;

  // Whether nothing may follow the image: true for a file, false for a device, which has any size.
  virtual bool ends_with_image() const = 0;

  // Locate returns where a file's bytes lie in the image, in their order; in a directory, the whole of the file itself.
  virtual absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view path) const = 0;
};

// One and the same medium may be readable in several ways: an image has a Rock Ridge and a Joliet tree, and damage to
// one of them does not hide what the other still tells. A stick may still have what it held before.
using MediumViews = std::vector<std::unique_ptr<Medium>>;

// OpenMediumImage reads what `image` begins with: an ISO 9660 file system; a FAT file system; a GUID partition table,
// of whose FAT partitions the medium is the union. A device may be larger than what it holds. There is at least one
// view. InvalidArgument: there is nothing of the kind. NotFound: a FAT file system or partition table, but no manifest.
// DataLoss: what is there is damaged.
absl::StatusOr<MediumViews> OpenMediumImage(std::shared_ptr<const ByteSource> image, bool is_device);

// OpenMedium opens an image file, a block device or a directory, whichever `path` is.
absl::StatusOr<MediumViews> OpenMedium(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_MEDIUM_H_
