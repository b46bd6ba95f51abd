// The TEST-ONLY keys of testdata/keys, which everybody has.

#ifndef TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_
#define TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_

#include <string_view>

#include "tools/crypto/age_x25519.h"
#include "tools/crypto/signify.h"

namespace tsmedia {

// IsTestKey returns whether `key` is one of the TEST-ONLY signing keys. They are known by their bytes, so that no path,
// label or comment can hide one.
bool IsTestKey(const SignifyPublicKey& key);

// IsTestRecipient returns whether `recipient` is the TEST-ONLY media key's.
bool IsTestRecipient(const Recipient& recipient);

// IsTestSecret returns whether `content` is that of one of the TEST-ONLY secret files: seal secret, password.
bool IsTestSecret(std::string_view content);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_
