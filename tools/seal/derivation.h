// Where the values of sealing come from: rules/docs/sealing_format.md, "Derivation".
//
// age draws a file key, a nonce and an ephemeral key at random for every file. Sealing derives them from the seal
// secret and everything that tells one sealed object from another, so that equal input gives equal bytes, and two
// different plaintexts never meet under one key.

#ifndef TSMEDIA_TOOLS_SEAL_DERIVATION_H_
#define TSMEDIA_TOOLS_SEAL_DERIVATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// What is sealed. The numbers are part of the derivation.
enum class SealKind : uint8_t {
  kPack = 1,
  kVariables = 2,
  kSequence = 3,
  kInventory = 4,
  kCredential = 5,
};

// The scope of packs: every medium of a key shares them.
inline constexpr Sha256Digest kNoScope = {};

// A medium as the scope of what is sealed for it alone.
struct MediumScope {
  struct Package {
    std::string id;
    std::string version;
  };
  std::string media_kind;  // "standalone", ...
  std::string label;
  int64_t not_before = 0;         // seconds since 1970; 0: no beginning
  int64_t not_after = 0;          // seconds since 1970; 0: no end
  std::vector<Package> packages;  // ascending by ID
};

// ScopeDigest returns SHA-256("tsmedia/v1/scope" || 00 || text(media_kind) || text(label) || le64(not_before) ||
// le64(not_after) || le64(packages) || text(id) || text(version) || ...), text(x) = le64(bytes of x) || x.
Sha256Digest ScopeDigest(const MediumScope& scope);

// SealKey is what derives: K_seal, which is all that anything sees of a seal secret.
class SealKey {
 public:
  // `secret` is S, the 32 bytes of a seal secret.
  explicit SealKey(const SecretBytes<32>& secret);

  // Derive returns the values for the object of this kind and scope whose plaintext has the digest D (PackDigest), for
  // `recipient`.
  AgeValues Derive(SealKind kind, const Sha256Digest& scope, const Recipient& recipient,
                   const Sha256Digest& digest) const;

 private:
  SecretBytes<32> key_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEAL_DERIVATION_H_
