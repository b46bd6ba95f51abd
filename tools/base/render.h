// From a layout to the bytes of an image, and from an offset in an image to the region that it belongs to.

#ifndef TSMEDIA_TOOLS_BASE_RENDER_H_
#define TSMEDIA_TOOLS_BASE_RENDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/extent.h"

namespace tsmedia {

// InputOpener opens the input that a layout calls `name`. Render asks for an input when it comes to its first byte
// and drops it when it comes to another one, so that 20,000 files need one descriptor.
using InputOpener = absl::FunctionRef<absl::StatusOr<std::shared_ptr<const ByteSource>>(const std::string& name)>;

// CheckLayout is InvalidArgument unless the extents ascend, are disjoint, lie inside of the image, and inline bytes
// have the length of their extent, and counting words are whole. Layouts that our own writers return always pass; one
// that was read from a file may not.
absl::Status CheckLayout(const Layout& layout);

// Render appends the bytes [begin, end) of the image that `layout` describes to `sink`, in order: what is small in
// parts of up to 1 MiB, slices of inputs from 1 MiB on by the sink's own AppendFrom. Memory is bounded by two parts. An
// input that is missing, or too short for a slice of it, is an error that names input and region; it is found before a
// byte of that input is appended.
absl::Status Render(const Layout& layout, InputOpener open, uint64_t begin, uint64_t end, ByteSink* sink);

// The same with inputs that are open already.
absl::Status Render(const Layout& layout, const std::map<std::string, const ByteSource*>& inputs, uint64_t begin,
                    uint64_t end, ByteSink* sink);

// Region is a run of bytes of an image and what people call it.
struct Region {
  std::string name;
  // Whether the bytes are a structure of the image itself, as opposed to the content of a file in it. Padding is.
  bool structure = false;
  uint64_t begin = 0;
  uint64_t end = 0;
};

// RegionAt returns the extent that `offset` lies in, or for a byte that no extent covers (which is zero) the gap, named
// "zero padding after REGION". `offset` must be below layout.size.
Region RegionAt(const Layout& layout, uint64_t offset);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_RENDER_H_
