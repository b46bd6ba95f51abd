#include "tools/sequence/format.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/sequence/sequence_testing.h"

namespace tsmedia {
namespace {

std::string Format(const std::string& text) {
  Diagnostics diagnostics;
  std::optional<std::string> formatted = FormatSequenceText(text, &diagnostics);
  return formatted.value_or(diagnostics.ToText("f"));
}

struct FormatCase {
  const char* name;
  const char* text;
  const char* formatted;
};

constexpr FormatCase kCases[] = {
    {"indentation, separators and brackets", "name:'T';steps<name:\"S\",\ncheck_readiness:{tpm:true}>",
     "name: 'T'\nsteps {\n  name: \"S\"\n  check_readiness { tpm: true }\n}\n"},
    {"short messages stay on one line", "steps { name: \"S\"   check_readiness {tpm : true } }\n",
     "steps { name: \"S\" check_readiness { tpm: true } }\n"},
    {"messages on several lines stay so", "steps {\nname: \"S\" check_readiness {\ntpm : true } }\n",
     "steps {\n  name: \"S\"\n  check_readiness {\n    tpm: true\n  }\n}\n"},
    {"empty messages", "steps { group {\n} }\nsteps { group\n{}}", "steps {\n  group {}\n}\nsteps {\n  group {}\n}\n"},
    {"comments", "# before\n\n\n\n# name\nname: \"T\"# behind\n#   last   \n",
     "# before\n\n# name\nname: \"T\"  # behind\n#   last\n"},
    {"comments in messages",
     "steps { # open\n# own line\n\n name: \"S\" # name\n check_readiness { tpm: true } # inner\n # end\n} # close\n",
     "steps {  # open\n  # own line\n\n  name: \"S\"  # name\n  check_readiness { tpm: true }  # inner\n  # end\n}  # "
     "close\n"},
    {"comments inside of a field go before it", "name # one\n: # two\n \"T\" # three\n",
     "# one\n# two\nname: \"T\"  # three\n"},
    {"empty lines",
     "\n\nname: \"T\"\n\n\n\nsteps {\n\n\n  name: \"S\"\n\n\n  check_readiness { tpm: true }\n\n\n}\n\n\n",
     "\nname: \"T\"\n\nsteps {\n  name: \"S\"\n\n  check_readiness { tpm: true }\n}\n"},
    {"strings in parts", "description: \"a\" 'b'\n \"c\" # end\nname: \"T\"\n",
     "description:\n  \"a\"\n  'b'\n  \"c\"  # end\nname: \"T\"\n"},
    {"strings in parts with a comment between", "description: \"a\" # first\n \"b\"\n# next\nname: \"T\"\n",
     "# first\ndescription:\n  \"a\"\n  \"b\"\n# next\nname: \"T\"\n"},
    {"lists", "steps { run_command_line { success_codes : [ 0,1 ,\n2 ] command_line: \"a\" success_codes: [] } }",
     "steps {\n  run_command_line {\n    success_codes: [0, 1, 2]\n    command_line: \"a\"\n    success_codes: []\n  "
     "}\n"
     "}\n"},
    {"lists with comments", "steps { run_command_line { success_codes: [ 0, # good\n # own\n 1 # last\n ] # all\n } }",
     "steps {\n  run_command_line {\n    success_codes: [\n      0,  # good\n      # own\n      1  # last\n    ]  # "
     "all\n"
     "  }\n}\n"},
    {"lists of messages", "steps: [ { name: \"A\" }, # one\n { name: \"B\" } ] # two\n",
     "# one\nsteps { name: \"A\" }\nsteps { name: \"B\" }  # two\n"},
    {"signs in strings", "name: \"a # b { } \\\" [ ; \"\n", "name: \"a # b { } \\\" [ ; \"\n"},
    {"carriage returns", "name: \"T\" # x\r\n\r\n\r\n# y\r\n", "name: \"T\"  # x\n\n# y\n"},
};

TEST(FormatTest, Layout) {
  for (const FormatCase& test : kCases) {
    EXPECT_EQ(Format(absl::StrCat(kTestHeader, test.text)), absl::StrCat(kTestHeader, test.formatted)) << test.name;
  }
}

TEST(FormatTest, IsIdempotent) {
  for (const FormatCase& test : kCases) {
    std::string once = Format(absl::StrCat(kTestHeader, test.text));
    EXPECT_EQ(Format(once), once) << test.name;
  }
}

TEST(FormatTest, LongLinesAreBroken) {
  std::string words(60, 'x');
  std::string text = absl::StrCat(kTestHeader, "steps { name: \"", words,
                                  "\" conditions { file { path: \"/x\" } } check_readiness { tpm: true } }\n");
  std::string expected =
      absl::StrCat(kTestHeader, "steps {\n  name: \"", words,
                   "\"\n  conditions { file { path: \"/x\" } }\n  check_readiness { tpm: true }\n}\n");
  EXPECT_EQ(Format(text), expected);
  EXPECT_EQ(Format(expected), expected);
}

TEST(FormatTest, RefusesWhatDoesNotParse) {
  EXPECT_EQ(Format(absl::StrCat(kTestHeader, "name: \"T\"\nfoo: 1\n")),
            "f:4:1: unknown field \"foo\" of TaskSequence; its fields are listed in "
            "rules/docs/task_sequence_reference.md\n");
}

TEST(FormatTest, SampleIsFormatted) {
  std::string sample = ReadTestFile("media_defs/deploy.textproto");
  EXPECT_EQ(Format(sample), sample);
}

}  // namespace
}  // namespace tsmedia
