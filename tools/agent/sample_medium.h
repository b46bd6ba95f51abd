// A small signed medium for tests, as an ISO 9660 image in memory.

#ifndef TSMEDIA_TOOLS_AGENT_SAMPLE_MEDIUM_H_
#define TSMEDIA_TOOLS_AGENT_SAMPLE_MEDIUM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Times of the sample's validity: 2026-01-01T00:00:00Z and 2027-01-01T00:00:00Z.
inline constexpr int64_t kSampleBegin = 1767225600;
inline constexpr int64_t kSampleEnd = 1798761600;

// SampleFiles returns the files of a stand-alone medium labelled `label` by their paths, signed with the TEST-ONLY
// release key. The media ID is the label's digest.
std::map<std::string, std::string> SampleFiles(const std::string& label, bool unattended = false,
                                               MediaFormat format = ISO);

// SampleSet returns the files of each volume of such a medium on several, without packages.
std::vector<std::map<std::string, std::string>> SampleSet(const std::string& label, uint32_t volumes);

// SampleIso returns an ISO 9660 image with `files`.
std::string SampleIso(const std::map<std::string, std::string>& files);

// SampleSignature signs a manifest with the TEST-ONLY release key.
std::string SampleSignature(const std::string& manifest);

// SampleAnchors trust the TEST-ONLY release key.
Anchors SampleAnchors();

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_SAMPLE_MEDIUM_H_
