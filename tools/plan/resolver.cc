#include "tools/plan/resolver.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Chains longer than this are a mistake of a generator, and would exhaust the stack.
constexpr size_t kMaxChainLength = 1000;

class Resolver {
 public:
  explicit Resolver(const ResolverInput& input) : input_(input) {}

  absl::StatusOr<std::vector<ResolvedPackage>> Run() {
    TSM_RETURN_IF_ERROR(IndexPackages());
    for (const PackageRoot& root : input_.roots) {
      chain_ = {root.reason};
      TSM_RETURN_IF_ERROR(Visit(root.package_id));
    }
    for (const auto& [id, info] : by_id_) {
      if (!done_.contains(id)) {
        return absl::InvalidArgumentError(absl::StrCat("package ", id,
                                                       " is given but nothing needs it; reference it in "
                                                       "the task sequence or list it in content"));
      }
    }
    return std::move(result_);
  }

 private:
  absl::Status IndexPackages() {
    for (const PackInfo& info : input_.packages) {
      auto [found, inserted] = by_id_.emplace(info.package_id(), &info);
      if (inserted) {
        continue;
      }
      const PackInfo& other = *found->second;
      if (other.version() != info.version()) {
        auto [low, high] = std::minmax(other.version(), info.version());
        return absl::InvalidArgumentError(absl::StrCat("package ", info.package_id(), " is wanted in two versions, ",
                                                       low, " and ", high,
                                                       "; a medium holds one: give both the same version"));
      }
      if (other.pack_digest() != info.pack_digest()) {
        return absl::InvalidArgumentError(absl::StrCat("two different packages have the ID ", info.package_id(),
                                                       " and version ", info.version(),
                                                       "; give one of them another ID"));
      }
    }
    return absl::OkStatus();
  }

  std::string Chain(std::string_view last) const { return absl::StrCat(absl::StrJoin(chain_, " -> "), " -> ", last); }

  absl::Status Visit(const std::string& id) {
    if (done_.contains(id)) {
      return absl::OkStatus();
    }
    auto package = by_id_.find(id);
    if (package == by_id_.end()) {
      return absl::NotFoundError(
          absl::StrCat("package ", id, " is needed but not there (", Chain(id), "); add it to references or content"));
    }
    if (std::ranges::find(chain_, id) != chain_.end() || chain_.size() > kMaxChainLength) {
      return absl::InvalidArgumentError(
          absl::StrCat("package ", id, " depends on itself (", Chain(id), "); break the circle"));
    }
    std::string reason = Chain(id);
    chain_.push_back(id);
    if (auto needs = input_.dependencies.find(id); needs != input_.dependencies.end()) {
      for (const std::string& needed : needs->second) {
        TSM_RETURN_IF_ERROR(Visit(needed));
      }
    }
    chain_.pop_back();
    done_.insert(id);
    result_.push_back({*package->second, std::move(reason)});
    return absl::OkStatus();
  }

  const ResolverInput& input_;
  std::map<std::string, const PackInfo*> by_id_;
  std::vector<std::string> chain_;
  std::set<std::string> done_;
  std::vector<ResolvedPackage> result_;
};

}  // namespace

absl::StatusOr<std::vector<ResolvedPackage>> Resolve(const ResolverInput& input) { return Resolver(input).Run(); }

}  // namespace tsmedia
