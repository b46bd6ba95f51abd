#include "tools/crypto/age.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/crypto/age_header.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/age_stream.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/bech32.h"
#include "tools/crypto/hkdf.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// The scalar is 32 times the letter B; age-keygen -y gives this recipient for it.
constexpr char kIdentity[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
constexpr char kRecipient[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
constexpr char kPassword[] = "correct horse";

MediaIdentity TestIdentity() { return *MediaIdentity::Parse(kIdentity); }
Recipient TestRecipient() { return *Recipient::Parse(kRecipient); }

std::string FromHex(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(absl::HexStringToBytes(hex, &bytes));
  return bytes;
}

AgeFileKey FileKeyOf(char c) {
  AgeFileKey key;
  std::memset(key.data(), c, key.size());
  return key;
}

AgeStanza X25519Stanza(const AgeFileKey& file_key) {
  SecretBytes<32> ephemeral;
  ephemeral.data()[5] = 7;
  return *WrapForRecipient(file_key, TestRecipient(), ephemeral);
}

AgeStanza ScryptStanza(const AgeFileKey& file_key) {
  return *WrapWithPassword(file_key, kPassword, kMinWorkFactor, {1, 2, 3});
}

// A file of the test's own making: everything can be wrong while the rest, the MAC included, is right.
struct TestFile {
  std::string version = "age-encryption.org/v1\n";
  std::string stanzas;   // text
  std::string mac_line;  // empty: the right one
  std::string nonce = std::string(16, 'n');
  std::string chunks;  // sealed

  static std::string Text(const AgeStanza& stanza) {
    std::string header = FormatAgeHeader({stanza}, FileKeyOf('k'));
    size_t begin = header.find("-> ");
    return header.substr(begin, header.find("---") - begin);
  }
  std::string Bytes() const {
    std::string covered = absl::StrCat(version, stanzas, "---");
    std::string line = mac_line.empty() ? absl::StrCat(" ", RightMac(covered), "\n") : mac_line;
    return absl::StrCat(covered, line, nonce, chunks);
  }
  static std::string RightMac(std::string_view covered) {
    SecretBytes<32> key;
    Hkdf(FileKeyOf('k').span(), "", "header", key.span());
    // HMAC (RFC 2104) by its definition.
    std::string inner(64, '\x36'), outer(64, '\x5c');
    for (size_t i = 0; i < key.size(); ++i) {
      inner[i] = static_cast<char>(inner[i] ^ key.data()[i]);
      outer[i] = static_cast<char>(outer[i] ^ key.data()[i]);
    }
    Sha256Digest digest = Sha256(absl::StrCat(outer, AsText(Sha256(absl::StrCat(inner, covered)))));
    return EncodeAgeBase64(AsText(digest));
  }
};

// Seals one chunk of a TestFile.
std::string Chunk(uint64_t number, bool last, std::string plaintext) {
  AgeNonce nonce;
  nonce.fill('n');
  std::string tag(kAgeTagSize, '\0');
  AgeStream(FileKeyOf('k'), nonce)
      .SealChunk(number, last, MutableByteSpan(reinterpret_cast<uint8_t*>(plaintext.data()), plaintext.size()),
                 reinterpret_cast<uint8_t*>(tag.data()));
  return plaintext + tag;
}

const std::string& Full() {
  static const auto& full = *new std::string(kAgeChunkSize, 'f');
  return full;
}

TestFile GoodFile() {
  TestFile file;
  file.stanzas = TestFile::Text(X25519Stanza(FileKeyOf('k')));
  file.chunks = Chunk(0, true, "age");
  return file;
}

absl::StatusOr<std::string> Decrypt(const std::string& bytes, const std::optional<Recipient>& expected = std::nullopt) {
  absl::StatusOr<SecretString> plaintext = DecryptBytes(bytes, TestIdentity(), expected, "FILE");
  if (!plaintext.ok()) {
    return plaintext.status();
  }
  return std::string(plaintext->text());
}

// ------------------------------------------------------------------------------------------------------------ parts

TEST(HkdfTest, Rfc5869TestCases1And3) {
  std::array<uint8_t, 22> key;
  key.fill(0x0b);
  std::array<uint8_t, 42> out;
  Hkdf(key, FromHex("000102030405060708090a0b0c"), FromHex("f0f1f2f3f4f5f6f7f8f9"), MutableByteSpan(out));
  EXPECT_EQ(ToHex(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Hkdf(key, "", "", MutableByteSpan(out));
  EXPECT_EQ(ToHex(out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  std::string prk = FromHex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  HkdfExpand(AsBytes(prk), FromHex("f0f1f2f3f4f5f6f7f8f9"), MutableByteSpan(out));
  EXPECT_EQ(ToHex(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Bech32Test, EncodesAndDecodes) {
  for (size_t size : {0u, 1u, 2u, 3u, 4u, 5u, 31u, 32u, 33u}) {
    std::string data(size, '\xa7');
    SecretString text = EncodeBech32("hrp", AsBytes(data));
    absl::StatusOr<SecretString> back = DecodeBech32("hrp", text.text(), size);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->text(), data);
    EXPECT_TRUE(DecodeBech32("hrp", absl::AsciiStrToUpper(text.text()), size).ok());
  }
}

TEST(Bech32Test, FindsEveryChangedCharacter) {
  std::string good(EncodeBech32("hrp", AsBytes("0123456789abcdef0123456789abcdef")).text());
  for (size_t i = 0; i < good.size(); ++i) {
    for (char c : {'q', 'p', '1', 'b', 'Z', ' ', '\xff', '\0'}) {
      std::string bad = good;
      bad[i] = c;
      if (bad != good) {
        EXPECT_EQ(DecodeBech32("hrp", bad, 32).status().code(), absl::StatusCode::kInvalidArgument) << i << c;
      }
    }
  }
  EXPECT_FALSE(DecodeBech32("hrp", good.substr(1), 32).ok());
  EXPECT_FALSE(DecodeBech32("hrp", good + "q", 32).ok());
  EXPECT_FALSE(DecodeBech32("hrp", good, 31).ok());
}

TEST(X25519Test, KnowsTheTextsOfAgeKeygen) {
  EXPECT_EQ(TestIdentity().recipient().ToString(), kRecipient);
  EXPECT_EQ(TestIdentity().ToString().text(), kIdentity);
  EXPECT_EQ(TestRecipient(), TestIdentity().recipient());
  MediaIdentity fresh = MediaIdentity::Generate();
  EXPECT_EQ(MediaIdentity::Parse(fresh.ToString().text())->recipient(), fresh.recipient());
  EXPECT_NE(fresh.recipient(), TestRecipient());
}

TEST(X25519Test, RefusesOtherTexts) {
  struct Case {
    const char* what;
    std::string text;
  };
  const Case recipients[] = {{"an identity", kIdentity},
                             {"upper case", absl::AsciiStrToUpper(kRecipient)},
                             {"a changed character", absl::StrReplaceAll(kRecipient, {{"zvk", "zvl"}})},
                             {"a blank behind it", absl::StrCat(kRecipient, " ")},
                             {"nothing", ""}};
  for (const Case& c : recipients) {
    EXPECT_EQ(Recipient::Parse(c.text).status().code(), absl::StatusCode::kInvalidArgument) << c.what;
  }
  for (const std::string& text : {std::string(kRecipient), absl::AsciiStrToLower(kIdentity), std::string()}) {
    absl::Status status = MediaIdentity::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

// Points of low order (RFC 7748 section 6.1; the list of Curve25519's points of orders 1, 2, 4 and 8, and those that
// reduce to them), little-endian.
const char* const kLowOrderPoints[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                                       "0100000000000000000000000000000000000000000000000000000000000000",
                                       "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                       "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                       "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                       "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                       "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

TEST(X25519Test, RefusesPointsOfLowOrder) {
  for (const char* hex : kLowOrderPoints) {
    std::string point = FromHex(hex);
    std::array<uint8_t, 32> key;
    std::memcpy(key.data(), point.data(), key.size());
    EXPECT_THAT(Recipient::FromKey(key).status().message(), HasSubstr("low order")) << hex;
    AgeStanza stanza = X25519Stanza(FileKeyOf('k'));
    stanza.arguments[1] = EncodeAgeBase64(point);
    EXPECT_THAT(UnwrapX25519(stanza, TestIdentity()).status().message(), HasSubstr("low order")) << hex;
  }
}

TEST(IdentityFileTest, TakesOneIdentityBesideComments) {
  std::string line = absl::StrCat(kIdentity, "\n");
  EXPECT_EQ(FormatIdentityFile(TestIdentity()).text(), line);
  EXPECT_TRUE(ParseIdentityFile(line).ok());
  EXPECT_TRUE(ParseIdentityFile(absl::StrCat("# created: today\n# public key: x\n\n", line)).ok());
  EXPECT_THAT(ParseIdentityFile("# nothing\n").status().message(), HasSubstr("no identity"));
  EXPECT_THAT(ParseIdentityFile(line + line).status().message(), HasSubstr("exactly one"));
  absl::Status status = ParseIdentityFile(absl::StrReplaceAll(line, {{"GFPYY", "GFPYX"}})).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("SJZGFP")));  // errors never quote a secret
}

// ------------------------------------------------------------------------------------------------------- whole files

TEST(AgeTest, SizesFollowFromThePlaintextsSize) {
  for (uint64_t size : {uint64_t{0}, uint64_t{1}, kAgeChunkSize - 1, kAgeChunkSize, kAgeChunkSize + 1,
                        2 * kAgeChunkSize, 2 * kAgeChunkSize + 5}) {
    std::string plaintext(size, 'x');
    absl::StatusOr<std::string> file = SealBytes(plaintext, RandomAgeValues(), TestRecipient());
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->size(), SealedSize(size));
    absl::StatusOr<std::string> back = Decrypt(*file);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, plaintext);
    EXPECT_EQ(*OpenedChunksSize(SealedChunksSize(size)), size);
  }
}

TEST(AgeTest, RandomFilesDiffer) {
  EXPECT_NE(*SealBytes("x", RandomAgeValues(), TestRecipient()), *SealBytes("x", RandomAgeValues(), TestRecipient()));
}

TEST(AgeTest, OurTestFilesAreGood) {
  EXPECT_EQ(*Decrypt(GoodFile().Bytes()), "age");
  // The parts that the tables below combine are those of a real file.
  AgeStanza stanza = X25519Stanza(FileKeyOf('k'));
  EXPECT_EQ(GoodFile().Bytes().substr(0, 168), FormatAgeHeader({stanza}, FileKeyOf('k')));
}

TEST(AgeTest, WrongIdentityAndDamageAreToldApart) {
  std::string file = *SealBytes("secret", RandomAgeValues(), TestRecipient());
  MediaIdentity other = MediaIdentity::Generate();
  absl::Status wrong = DecryptBytes(file, other, TestRecipient(), "FILE").status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(wrong.message(), HasSubstr("FILE: this is not the identity it is sealed for"));
  absl::Status unknown = DecryptBytes(file, other, std::nullopt, "FILE").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(unknown.message(), HasSubstr("not sealed for this identity (age1"));
  std::string damaged = file;
  damaged[80] = damaged[80] == 'A' ? 'B' : 'A';  // in the stanza's body
  absl::Status stanza = Decrypt(damaged, TestRecipient()).status();
  EXPECT_EQ(stanza.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(stanza.message(), HasSubstr("recipient stanza is damaged"));
}

TEST(AgeTest, EveryTruncationIsRefused) {
  std::string file = *SealBytes(std::string(100, 'x'), RandomAgeValues(), TestRecipient());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(Decrypt(file.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(Decrypt(file + std::string(1, '\0')).ok());
}

TEST(AgeTest, EveryFlippedBitIsRefused) {
  std::string file = *SealBytes("123", RandomAgeValues(), TestRecipient());
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Decrypt(damaged, TestRecipient()).ok()) << bit;
  }
}

// The properties of the public test vectors (C2SP CCTV, age), by their names there.
TEST(AgeVectorsTest, Headers) {
  const std::string good = GoodFile().stanzas;  // two lines
  const std::string right_mac =
      absl::StrCat(" ", TestFile::RightMac(absl::StrCat("age-encryption.org/v1\n", good, "---")));
  std::string non_canonical_mac = right_mac;
  non_canonical_mac.back() = static_cast<char>(non_canonical_mac.back() + 1);
  struct Case {
    const char* vector;
    std::string version = "age-encryption.org/v1\n";
    std::string stanzas;
    std::string mac_line;
    const char* message;  // nullptr: decrypts
  };
  const std::string v1 = "age-encryption.org/v1\n";
  const Case cases[] = {
      {"version_unsupported", "age-encryption.org/v1234\n", good, "", "unknown version"},
      {"armor", "-----BEGIN AGE ENCRYPTED FILE-----\n", good, "", "ASCII armor"},
      {"not age", "PK\x03\x04", good, "", "not an age file"},
      {"header_crlf", "age-encryption.org/v1\r\n", absl::StrReplaceAll(good, {{"\n", "\r\n"}}), "", "version"},
      {"no stanzas", v1, "", "", "no stanza"},
      {"hmac_bad", v1, good, absl::StrCat(" ", EncodeAgeBase64(std::string(32, 'x')), "\n"), "MAC does not match"},
      {"hmac_extra_space", v1, good, absl::StrCat(" ", right_mac, "\n"), "MAC"},
      {"hmac_garbage", v1, good, absl::StrCat(right_mac, "?\n"), "MAC"},
      {"hmac_missing", v1, good, " \n", "MAC"},
      {"hmac_no_space", v1, good, absl::StrCat(right_mac.substr(1), "\n"), "neither a stanza nor the MAC"},
      {"hmac_not_canonical", v1, good, absl::StrCat(non_canonical_mac, "\n"), "MAC"},
      {"hmac_trailing_space", v1, good, absl::StrCat(right_mac, " \n"), "MAC"},
      {"hmac_truncated", v1, good, absl::StrCat(right_mac.substr(0, 30), "\n"), "MAC"},
      {"x25519_grease", v1, absl::StrCat("-> grease one two\nAAAA\n", good, "-> more-grease\n\n"), "", nullptr},
      {"stanza_valid_characters", v1, absl::StrCat("-> !\"#$%&' ()*+,-./:;<=>?@[\\]^_`{|}~\n\n", good), "", nullptr},
      {"stanza_bad_start", v1, absl::StrCat("->grease\n\n", good), "", "neither"},
      {"stanza_base64_padding", v1, absl::StrCat("-> grease\nAA==\n", good), "", "base64"},
      {"stanza_empty_argument", v1, absl::StrCat("-> grease  two\n\n", good), "", "argument"},
      {"stanza_empty_body", v1, absl::StrCat("-> grease\n\n", good), "", nullptr},
      {"stanza_empty_last_line", v1, absl::StrCat("-> grease\n", std::string(64, 'A'), "\n\n", good), "", nullptr},
      {"stanza_invalid_character", v1,
       absl::StrCat("-> gr\x80"
                    "ase\n\n",
                    good),
       "", "argument"},
      {"stanza_control_character", v1, absl::StrCat("-> gr\tease\n\n", good), "", "argument"},
      {"stanza_long_line", v1, absl::StrCat("-> grease\n", std::string(68, 'A'), "\n\n", good), "", "64 columns"},
      {"stanza_missing_body", v1, absl::StrCat("-> grease\n", good), "", "base64"},
      {"stanza_missing_final_line", v1, absl::StrCat("-> grease\n", std::string(64, 'A'), "\n", good), "", "base64"},
      {"stanza_multiple_short_lines", v1, absl::StrCat("-> grease\nAAAA\nAAAA\n", good), "", "neither"},
      {"stanza_no_arguments", v1, absl::StrCat("->\n\n", good), "", "neither"},
      {"stanza_no_arguments, blank", v1, absl::StrCat("-> \n\n", good), "", "argument"},
      {"stanza_not_canonical", v1, absl::StrCat("-> grease\nAB\n", good), "", "base64"},
      {"stanza_spurious_cr", v1, absl::StrCat("-> grease\nAAAA\r\n", good), "", "base64"},
      {"large header", v1,
       absl::StrCat("-> grease\n", absl::StrReplaceAll(std::string(1100, '.'), {{".", std::string(64, 'A') + "\n"}}),
                    "\n", good),
       "", "larger than 65536 bytes"},
  };
  for (const Case& c : cases) {
    TestFile file = GoodFile();
    file.version = c.version;
    file.stanzas = c.stanzas;
    file.mac_line = c.mac_line;
    absl::StatusOr<std::string> result = Decrypt(file.Bytes());
    if (c.message == nullptr) {
      EXPECT_TRUE(result.ok()) << c.vector << ": " << result.status();
    } else {
      EXPECT_THAT(result.status().message(), HasSubstr(c.message)) << c.vector;
    }
  }
}

TEST(AgeVectorsTest, X25519Stanzas) {
  const AgeStanza good = X25519Stanza(FileKeyOf('k'));
  auto with_share = [&good](const std::string& share) {
    AgeStanza stanza = good;
    stanza.arguments[1] = share;
    return TestFile::Text(stanza);
  };
  auto with_body = [&good](const std::string& body) {
    AgeStanza stanza = good;
    stanza.body = body;
    return TestFile::Text(stanza);
  };
  AgeStanza extra = good;
  extra.arguments.push_back("1234");
  AgeStanza lowercase = good;
  lowercase.arguments[0] = "x25519";
  std::string share = good.arguments[1];
  std::string not_canonical = share;
  not_canonical.back() = static_cast<char>(not_canonical.back() + 1);
  SecretBytes<32> ephemeral;
  ephemeral.data()[0] = 99;
  AgeStanza stranger = *WrapForRecipient(FileKeyOf('k'), MediaIdentity::Generate().recipient(), ephemeral);
  std::string bad_tag = good.body;
  bad_tag.back() = static_cast<char>(bad_tag.back() ^ 1);
  struct Case {
    const char* vector;
    std::string stanzas;
    const char* message;
  };
  const Case cases[] = {
      {"x25519", TestFile::Text(good), nullptr},
      {"x25519_multiple_recipients", TestFile::Text(stranger) + TestFile::Text(good), nullptr},
      {"x25519_bad_tag", with_body(bad_tag), "not sealed for this identity"},
      {"x25519_no_match", TestFile::Text(stranger), "not sealed for this identity"},
      {"x25519_extra_argument", TestFile::Text(extra), "one argument"},
      {"x25519_lowercase", TestFile::Text(lowercase), "not sealed for this identity"},
      {"x25519_long_file_key", with_body(good.body + "x"), "33 bytes, not 32"},
      {"x25519_short_file_key", with_body(good.body.substr(1)), "31 bytes, not 32"},
      {"x25519_long_share", with_share(EncodeAgeBase64(std::string(33, 'x'))), "argument is not"},
      {"x25519_short_share", with_share(EncodeAgeBase64(std::string(31, 'x'))), "argument is not"},
      {"x25519_not_canonical_share", with_share(not_canonical), "argument is not"},
      {"x25519_low_order", with_share(EncodeAgeBase64(FromHex(kLowOrderPoints[3]))), "low order"},
      {"x25519_identity", with_share(EncodeAgeBase64(std::string(32, '\0'))), "low order"},
      {"a malformed stanza beside a good one", with_share("AA") + TestFile::Text(good), "argument is not"},
      {"scrypt_and_x25519", TestFile::Text(ScryptStanza(FileKeyOf('k'))) + TestFile::Text(good), "beside others"},
      {"scrypt_and_x25519, reversed", TestFile::Text(good) + TestFile::Text(ScryptStanza(FileKeyOf('k'))),
       "beside others"},
      {"a password", TestFile::Text(ScryptStanza(FileKeyOf('k'))), "protected with a password"},
  };
  for (const Case& c : cases) {
    TestFile file = GoodFile();
    file.stanzas = c.stanzas;
    absl::StatusOr<std::string> result = Decrypt(file.Bytes());
    if (c.message == nullptr) {
      EXPECT_TRUE(result.ok()) << c.vector << ": " << result.status();
    } else {
      EXPECT_THAT(result.status().message(), HasSubstr(c.message)) << c.vector;
    }
  }
}

TEST(AgeVectorsTest, ScryptStanzas) {
  const AgeStanza good = ScryptStanza(FileKeyOf('k'));
  const std::string salt = good.arguments[1];
  std::string salt_not_canonical = salt;
  salt_not_canonical.back() = static_cast<char>(salt_not_canonical.back() + 1);
  auto with_arguments = [&good](std::vector<std::string> arguments) {
    AgeStanza stanza = good;
    stanza.arguments = std::move(arguments);
    return TestFile::Text(stanza);
  };
  AgeStanza long_file_key = good;
  long_file_key.body += "x";
  AgeStanza bad_tag = good;
  bad_tag.body.back() = static_cast<char>(bad_tag.body.back() ^ 1);
  const std::string text = TestFile::Text(good);
  struct Case {
    const char* vector;
    std::string stanzas;
    const char* message;
  };
  const Case cases[] = {
      {"scrypt", text, nullptr},
      {"scrypt_bad_tag", TestFile::Text(bad_tag), "wrong password"},
      {"scrypt_double", text + text, "beside others"},
      {"scrypt_and_x25519", text + TestFile::Text(X25519Stanza(FileKeyOf('k'))), "beside others"},
      {"scrypt_and_grease", text + "-> grease\n\n", "beside others"},
      {"x25519", TestFile::Text(X25519Stanza(FileKeyOf('k'))), "not protected with a password"},
      {"scrypt_uppercase", with_arguments({"Scrypt", salt, "14"}), "not protected with a password"},
      {"scrypt_extra_argument", with_arguments({"scrypt", salt, "14", "x"}), "two arguments"},
      {"scrypt_salt_missing", with_arguments({"scrypt", "14"}), "two arguments"},
      {"scrypt_work_factor_missing", with_arguments({"scrypt", salt}), "two arguments"},
      {"scrypt_salt_long", with_arguments({"scrypt", EncodeAgeBase64(std::string(17, 's')), "14"}), "salt"},
      {"scrypt_salt_short", with_arguments({"scrypt", EncodeAgeBase64(std::string(15, 's')), "14"}), "salt"},
      {"scrypt_not_canonical_salt", with_arguments({"scrypt", salt_not_canonical, "14"}), "salt"},
      {"scrypt_long_file_key", TestFile::Text(long_file_key), "33 bytes, not 32"},
      {"scrypt_work_factor_zero", with_arguments({"scrypt", salt, "0"}), "no decimal number"},
      {"scrypt_work_factor_negative", with_arguments({"scrypt", salt, "-14"}), "no decimal number"},
      {"scrypt_work_factor_leading_plus", with_arguments({"scrypt", salt, "+14"}), "no decimal number"},
      {"scrypt_work_factor_leading_zero", with_arguments({"scrypt", salt, "014"}), "no decimal number"},
      {"scrypt_work_factor_hex", with_arguments({"scrypt", salt, "0xe"}), "no decimal number"},
      {"scrypt_work_factor_trailing_garbage", with_arguments({"scrypt", salt, "14x"}), "no decimal number"},
      {"scrypt_work_factor_leading_garbage", with_arguments({"scrypt", salt, "x14"}), "no decimal number"},
      {"scrypt_work_factor_overflow", with_arguments({"scrypt", salt, "18446744073709551630"}), "no decimal number"},
      {"scrypt_work_factor_too_small", with_arguments({"scrypt", salt, "13"}), "not in 14 to 20"},
      {"scrypt_work_factor_21", with_arguments({"scrypt", salt, "21"}), "--max-work-factor"},
      {"scrypt_work_factor_23", with_arguments({"scrypt", salt, "23"}), "not in 14 to 20"},
      {"scrypt_work_factor_wrong", with_arguments({"scrypt", salt, "15"}), "wrong password"},
  };
  for (const Case& c : cases) {
    TestFile file = GoodFile();
    file.stanzas = c.stanzas;
    absl::StatusOr<SecretString> result = DecryptWithPassword(file.Bytes(), kPassword);
    if (c.message == nullptr) {
      ASSERT_TRUE(result.ok()) << c.vector << ": " << result.status();
      EXPECT_EQ(result->text(), "age");
    } else {
      EXPECT_THAT(result.status().message(), HasSubstr(c.message)) << c.vector;
    }
  }
  EXPECT_THAT(DecryptWithPassword(GoodFile().Bytes(), kPassword, kLargestWorkFactor).status().message(),
              HasSubstr("not protected"));
}

TEST(AgeVectorsTest, Streams) {
  const std::string first = Chunk(0, false, Full());
  const std::string second = Chunk(1, false, Full());
  std::string bad_second = Chunk(1, true, "age");
  bad_second.back() = static_cast<char>(bad_second.back() ^ 1);
  std::string bad_second_full = Chunk(1, true, Full());
  bad_second_full.back() = static_cast<char>(bad_second_full.back() ^ 1);
  std::string bad_tag = Chunk(0, true, "age");
  bad_tag.back() = static_cast<char>(bad_tag.back() ^ 1);
  struct Case {
    const char* vector;
    std::string chunks;
    const char* message;
    size_t nonce_size = 16;
  };
  const Case cases[] = {
      {"stream_three_chunks", first + second + Chunk(2, true, "age"), nullptr},
      {"stream_two_chunks", first + Chunk(1, true, "age"), nullptr},
      {"stream_last_chunk_full", Chunk(0, true, Full()), nullptr},
      {"stream_last_chunk_full_second", first + Chunk(1, true, Full()), nullptr},
      {"stream_empty_payload", Chunk(0, true, ""), nullptr},
      {"stream_last_chunk_empty", first + Chunk(1, true, ""), "no payload has"},
      {"stream_bad_tag", bad_tag, "chunk 0 of 1 at offset 184 is damaged"},
      {"stream_bad_tag_second_chunk", first + bad_second, "chunk 1 of 2 at offset 65736 is damaged"},
      {"stream_bad_tag_second_chunk_full", first + bad_second_full, "chunk 1 of 2 at offset 65736 is damaged"},
      {"stream_missing_tag", std::string("age"), "no payload has 3 bytes"},
      {"stream_no_chunks", "", "no payload has 0 bytes"},
      {"stream_no_final", Chunk(0, false, "age"), "is not the last one"},
      {"stream_no_final_full", first, "is not the last one"},
      {"stream_no_final_two_chunks", first + Chunk(1, false, "age"), "is not the last one"},
      {"stream_no_final_two_chunks_full", first + second, "is not the last one"},
      {"stream_no_nonce", "", "truncated", 0},
      {"stream_short_nonce", "", "truncated", 15},
      {"stream_short_chunk", Chunk(0, false, "short") + Chunk(1, true, "age"), "is damaged"},
      {"stream_short_second_chunk", first + Chunk(1, false, "short") + Chunk(2, true, "age"), "is damaged"},
      {"stream_trailing_garbage_short", Chunk(0, true, Full()) + "age", "no payload has"},
      {"stream_trailing_garbage_long", Chunk(0, true, Full()) + std::string(65552, 'x'), "is damaged"},
      {"stream_two_final_chunks", Chunk(0, true, Full()) + Chunk(1, true, "age"), "chunk 0 of 2"},
      {"reordered", second + first + Chunk(2, true, "age"), "chunk 0 of 3"},
      {"repeated", first + first + Chunk(2, true, "age"), "chunk 1 of 3 at offset 65736 is damaged"},
      {"one missing in the middle", first + Chunk(2, true, "age"), "chunk 1 of 2"},
      {"empty chunk in the middle", first + Chunk(1, false, "") + Chunk(2, true, "age"), "is damaged"},
  };
  for (const Case& c : cases) {
    TestFile file = GoodFile();
    file.chunks = c.chunks;
    file.nonce.resize(c.nonce_size);
    absl::StatusOr<std::string> result = Decrypt(file.Bytes());
    if (c.message == nullptr) {
      EXPECT_TRUE(result.ok()) << c.vector << ": " << result.status();
    } else {
      EXPECT_EQ(result.status().code(),
                c.nonce_size == 16 ? absl::StatusCode::kDataLoss : absl::StatusCode::kOutOfRange)
          << c.vector;
      EXPECT_THAT(result.status().message(), HasSubstr(c.message)) << c.vector;
    }
  }
}

TEST(AgeTest, PasswordFiles) {
  absl::StatusOr<std::string> file = EncryptWithPassword("identity", kPassword, 14);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(DecryptWithPassword(*file, kPassword)->text(), "identity");
  EXPECT_EQ(DecryptWithPassword(*file, "correct horsf").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(DecryptWithPassword(*file, "").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(EncryptWithPassword("identity", kPassword, 13).ok());
  EXPECT_FALSE(EncryptWithPassword("identity", kPassword, 21).ok());
  for (size_t size = 0; size < file->size(); size += 7) {
    EXPECT_FALSE(DecryptWithPassword(file->substr(0, size), kPassword).ok()) << size;
  }
  EXPECT_FALSE(DecryptWithPassword(*file + "x", kPassword).ok());
  EXPECT_FALSE(DecryptWithPassword(*EncryptWithPassword(Full() + "x", kPassword, 14), kPassword).ok());
}

// ---------------------------------------------------------------------------------------------------- random access

std::string Numbers(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  }
  return bytes;
}

TEST(AgeSourceTest, ReadsAnyRange) {
  const std::string plaintext = Numbers(20 * kAgeChunkSize + 777);
  const MemorySource sealed(*SealBytes(plaintext, RandomAgeValues(), TestRecipient()), "FILE");
  absl::StatusOr<std::unique_ptr<AgeSource>> source = AgeSource::Open(&sealed, TestIdentity(), TestRecipient());
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ((*source)->size(), plaintext.size());
  for (uint64_t offset : {uint64_t{0}, uint64_t{1}, kAgeChunkSize - 1, kAgeChunkSize, 3 * kAgeChunkSize + 5,
                          20 * kAgeChunkSize, plaintext.size() - 1}) {
    for (uint64_t length : {uint64_t{1}, uint64_t{100}, kAgeChunkSize, kAgeChunkSize + 1, 17 * kAgeChunkSize,
                            static_cast<uint64_t>(plaintext.size())}) {
      length = std::min<uint64_t>(length, plaintext.size() - offset);
      absl::StatusOr<std::string> bytes = (*source)->ReadString(offset, length);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      EXPECT_TRUE(*bytes == plaintext.substr(offset, length)) << offset << " " << length;
    }
  }
  EXPECT_FALSE((*source)->ReadString(plaintext.size(), 1).ok());
}

TEST(AgeSourceTest, ThreadsReadAtOnce) {
  const std::string plaintext = Numbers(64 * kAgeChunkSize + 1);
  const MemorySource sealed(*SealBytes(plaintext, RandomAgeValues(), TestRecipient()), "FILE");
  absl::StatusOr<std::unique_ptr<AgeSource>> source = AgeSource::Open(&sealed, TestIdentity());
  ASSERT_TRUE(source.ok());
  std::vector<std::thread> threads;
  std::array<bool, 4> good = {};
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      bool all = true;
      for (uint64_t offset = t * 1000; offset + 200000 < plaintext.size(); offset += 150000) {
        absl::StatusOr<std::string> bytes = (*source)->ReadString(offset, 200000);
        all = all && bytes.ok() && *bytes == plaintext.substr(offset, 200000);
      }
      good[t] = all;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(good, ::testing::Each(true));
}

TEST(AgeSourceTest, GivesOutNothingOfADamagedChunk) {
  std::string file = *SealBytes(Numbers(3 * kAgeChunkSize), RandomAgeValues(), TestRecipient());
  file[kSealedPrefixSize + kSealedAgeChunkSize + 5] ^= 1;
  const MemorySource sealed(file, "FILE");
  absl::StatusOr<std::unique_ptr<AgeSource>> source = AgeSource::Open(&sealed, TestIdentity());
  ASSERT_TRUE(source.ok());
  EXPECT_TRUE((*source)->ReadString(0, kAgeChunkSize).ok());
  EXPECT_TRUE((*source)->ReadString(2 * kAgeChunkSize, 5).ok());
  EXPECT_THAT((*source)->ReadString(kAgeChunkSize, 5).status().message(), HasSubstr("chunk 1 of 3 at offset 65736"));
  EXPECT_FALSE((*source)->ReadString(0, 3 * kAgeChunkSize).ok());
  EXPECT_FALSE((*source)->ReadString(kAgeChunkSize + 5, 5).ok());  // a failure is not cached as data
}

}  // namespace
}  // namespace tsmedia
