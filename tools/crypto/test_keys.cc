#include "tools/crypto/test_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tools/base/sha256.h"

namespace tsmedia {
namespace {

// Ed25519 public keys of testdata/keys/*.pub; a test compares them with the files.
constexpr std::array<std::string_view, 2> kTestKeys = {
    "841794139a7ab3ea212aecbe0737771d20d8ec732bb80454d571160bfa2bfed0",  // test_release
    "afcc540d1bc69dadda96a5eb13d51adea5b9f5d202557143608d10877dd41574",  // test_other
};

// X25519 public key of testdata/keys/test.recipient.
constexpr std::string_view kTestRecipient = "";

// SHA-256 of secret files of testdata/keys.
constexpr std::array<std::string_view, 2> kTestSecrets = {
    "",  // test.seal
    "",  // test.password
};

}  // namespace

bool IsTestKey(const SignifyPublicKey& key) { return std::ranges::find(kTestKeys, ToHex(key.key)) != kTestKeys.end(); }

bool IsTestRecipient(const Recipient& recipient) { return ToHex(recipient.key()) == kTestRecipient; }

bool IsTestSecret(std::string_view content) {
  return std::ranges::find(kTestSecrets, ToHex(Sha256(content))) != kTestSecrets.end();
}

}  // namespace tsmedia
