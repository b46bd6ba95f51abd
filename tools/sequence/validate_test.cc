#include "tools/sequence/validate.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/schema.h"
#include "tools/sequence/sequence_testing.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One case of testdata/validate_cases.txt.
struct ValidateCase {
  std::string name;
  std::vector<MediaKind> media;
  std::string text;
  std::string findings;
};

std::vector<MediaKind> ParseMedia(std::string_view words) {
  std::vector<MediaKind> media;
  for (std::string_view word : absl::StrSplit(words, ' ')) {
    MediaKind kind;
    if (MediaKind_Parse(absl::AsciiStrToUpper(word), &kind)) {
      media.push_back(kind);
    }
  }
  return media;
}

std::vector<ValidateCase> ReadCases() {
  std::vector<std::string> parts = absl::StrSplit(ReadTestFile("tools/sequence/testdata/validate_cases.txt"), "\n== ");
  std::vector<ValidateCase> cases;
  for (size_t i = 1; i < parts.size(); ++i) {
    std::pair<std::string, std::string> name_and_rest = absl::StrSplit(parts[i], absl::MaxSplits('\n', 1));
    std::string_view rest = name_and_rest.second;
    ValidateCase next{name_and_rest.first, {BOOTABLE}, "", ""};
    if (absl::ConsumePrefix(&rest, "media: ")) {
      std::pair<std::string_view, std::string_view> media_and_rest = absl::StrSplit(rest, absl::MaxSplits('\n', 1));
      next.media = ParseMedia(media_and_rest.first);
      rest = media_and_rest.second;
    }
    std::pair<std::string, std::string> text_and_findings = absl::StrSplit(rest, absl::MaxSplits("--\n", 1));
    next.text = absl::StrCat(kTestHeader, text_and_findings.first);
    next.findings = absl::StripAsciiWhitespace(text_and_findings.second);
    cases.push_back(next);
  }
  return cases;
}

SequenceSurroundings Surroundings(std::vector<MediaKind> media) {
  return {.media = std::move(media),
          .packages = {{"LAB00001", "os_image"},
                       {"LAB00002", "boot"},
                       {"LAB00010", "package"},
                       {"LAB00011", "package"},
                       {"LAB00020", "application"},
                       {"LAB00021", "application"},
                       {"LAB00030", "driver"},
                       {"LAB00040", "prestart"}},
          .applications = {{"inventory", "LAB00020"}},
          .variables = {"MediaVar"}};
}

// Findings returns the findings of a text as they stand in the file of cases.
std::string Findings(const std::string& text, const SequenceSurroundings& surroundings) {
  Diagnostics diagnostics;
  std::unique_ptr<ParsedSequence> parsed = ParseSequenceText(text, &diagnostics);
  if (parsed != nullptr) {
    ValidateSequence(parsed->sequence, &parsed->locations, surroundings, &diagnostics);
  }
  std::string findings;
  for (const Diagnostic& finding : diagnostics.Sorted()) {
    Diagnostics one;
    (finding.severity == Severity::kError ? one.AddError(finding.position, finding.message)
                                          : one.AddWarning(finding.position, finding.message));
    absl::StrAppend(&findings, absl::StripLeadingAsciiWhitespace(absl::StripPrefix(one.ToText(""), ":")));
  }
  return std::string(absl::StripAsciiWhitespace(findings));
}

TEST(ValidateTest, FindsWhatIsWrongAndWhere) {
  std::vector<ValidateCase> cases = ReadCases();
  ASSERT_GT(cases.size(), 150u);
  for (const ValidateCase& test : cases) {
    EXPECT_EQ(Findings(test.text, Surroundings(test.media)), test.findings) << "in case " << test.name;
  }
}

TEST(ValidateTest, EveryFindingSaysWhatToDo) {
  for (const ValidateCase& test : ReadCases()) {
    for (std::string_view finding : absl::StrSplit(test.findings, '\n', absl::SkipEmpty())) {
      EXPECT_TRUE(absl::StrContains(finding, "; ")) << finding;
      EXPECT_FALSE(absl::EndsWith(finding, ".")) << finding;
    }
  }
}

TEST(ValidateTest, NobodyTypesThePasswordAfterARestart) {
  SequenceSurroundings surroundings = Surroundings({STANDALONE});
  const std::string restart = absl::StrCat(kTestHeader, R"(
steps { name: "format" format_and_partition_disk { disk { index: 0 } partitions { file_system: EXT4 } } }
steps { name: "restart" restart_computer { to: BOOT_IMAGE } }
)");
  const std::string goes_on =
      absl::StrCat(restart, "steps { name: 'more' run_command_line { command_line: 'true' } }\n");
  surroundings.waits_after_restart = true;
  EXPECT_THAT(Findings(goes_on, surroundings), HasSubstr("asks for its password again"));
  EXPECT_THAT(Findings(goes_on, surroundings), HasSubstr("the restart in line"));
  EXPECT_THAT(Findings(restart, surroundings), Not(HasSubstr("password")));
  surroundings.waits_after_restart = false;
  EXPECT_THAT(Findings(goes_on, surroundings), Not(HasSubstr("password")));
}

// Every step of the schema, with little or nothing in it, gets a finding of its own kind or none at all: a step that
// the validator does not know would pass in silence.
TEST(ValidateTest, EveryRefusedStepIsRefusedByName) {
  for (const auto* action : ActionFields()) {
    std::string findings =
        Findings(absl::StrCat(kTestHeader, "name: \"T\" steps { name: \"S\" ", action->name(), " { } }"),
                 Surroundings({STANDALONE}));
    bool refused = absl::StrContains(findings, absl::StrCat(ActionTitle(action), " cannot work: "));
    EXPECT_EQ(refused, IsRefused(action)) << action->name() << ": " << findings;
    EXPECT_TRUE(absl::StrContains(findings, ":")) << action->name() << " may be empty";
  }
}

TEST(ValidateTest, StandaloneMediaTakeExactlyTheStepsThatSaySo) {
  for (const auto* action : ActionFields()) {
    if (IsRefused(action)) {
      continue;
    }
    const auto& media = RuleOf(action).media();
    bool works = media.empty() || std::find(media.begin(), media.end(), STANDALONE) != media.end();
    std::string findings =
        Findings(absl::StrCat(kTestHeader, "name: \"T\" steps { name: \"S\" ", action->name(), " { } }"),
                 Surroundings({STANDALONE}));
    EXPECT_EQ(absl::StrContains(findings, "does not work on stand-alone media"), !works) << action->name();
  }
}

TEST(ValidateTest, HeaderIsNeeded) {
  std::string body = "name: \"T\" steps { name: \"S\" check_readiness { tpm: true } }";
  EXPECT_EQ(Findings(body, Surroundings({BOOTABLE})),
            "1:1: the header that names the schema is missing; begin the file with \"# proto-file: "
            "tools/sequence/sequence.proto\"\n"
            "1:1: the header that names the message is missing; begin the file with \"# proto-message: "
            "tsmedia.TaskSequence\"");
  EXPECT_EQ(Findings("# Copyright\n#proto-file: external/rules_tsmedia/tools/sequence/sequence.proto\n"
                     "# proto-message: TaskSequence\n" +
                         body,
                     Surroundings({BOOTABLE})),
            "");
}

TEST(ValidateTest, FilesOutOfBounds) {
  EXPECT_EQ(Findings(std::string(kTestHeader) + std::string(2 << 20, ' '), Surroundings({})),
            "the file has more than 2097152 bytes, the most of a task sequence; move parts into child task sequences");
  EXPECT_EQ(Findings(std::string(kTestHeader) + "# \xff", Surroundings({})), "the file is not UTF-8; convert it");
}

TEST(ValidateTest, TabsAndNamesAtTheEndOfLines) {
  EXPECT_EQ(Findings(absl::StrCat(kTestHeader, "name: \"T\"\nsteps {\n\tname: \"S\"\n\t\tfoo\n{ x: 1 }\n}\n"),
                     Surroundings({})),
            "6:17: unknown step or setting \"foo\"; the steps are listed in rules/docs/task_sequence_reference.md");
}

TEST(ValidateTest, ChildrenFromOtherTargetsAreNamed) {
  Diagnostics diagnostics;
  std::unique_ptr<ParsedSequence> parsed = ParseSequenceText(
      absl::StrCat(kTestHeader,
                   "name: \"T\"\nsteps {\n  name: \"S\"\n  run_task_sequence { task_sequence: \"A\" }\n}\n"),
      &diagnostics);
  ASSERT_NE(parsed, nullptr);
  TaskSequence* child = parsed->sequence.add_children();
  child->set_name("A");
  Step* step = child->add_steps();
  step->set_name("Drivers");
  step->mutable_apply_driver_package()->set_package("LAB00031");
  ValidateSequence(parsed->sequence, &parsed->locations, Surroundings({BOOTABLE}), &diagnostics);
  EXPECT_EQ(diagnostics.ToText("f"),
            "f: in task sequence \"A\": package LAB00031 is not among the references of this task_sequence target; add "
            "its target to references or correct the ID\n"
            "f:6:3: in task sequence \"A\": Apply Driver Package needs an applied operating system, and no step before "
            "it applies one; put apply_operating_system_image before it\n");
}

TEST(ValidateTest, SampleSequenceIsGood) {
  SequenceSurroundings surroundings = Surroundings({STANDALONE});
  surroundings.variables = {"BranchOffice"};
  EXPECT_EQ(Findings(ReadTestFile("media_defs/deploy.textproto"), surroundings), "");
}

}  // namespace
}  // namespace tsmedia
