#include "tools/sequence/variables.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace tsmedia {
namespace {

bool IsNameCharacter(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxVariableName &&
         (absl::ascii_isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_') &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

// Variables of the reference product that have a meaning on our media, and ours.
constexpr std::string_view kBuiltIn =
    // Set by the engine for the whole run.
    "_SMSTSInWinPE _SMSTSBootUEFI _SMSTSMediaType _SMSTSLaunchMode _SMSTSLogPath _SMSTSMDataPath _SMSTSClientCache "
    "_SMSTSMachineName _SMSTSPackageID _SMSTSPackageName _SMSTSAdvertID _SMSTSSiteCode _SMSTSMP _SMSTSMake _SMSTSModel "
    "_SMSTSSerialNumber _SMSTSAssetTag _SMSTSUUID _SMSTSMacAddresses _SMSTSIPAddresses _SMSTSDefaultGateways "
    "_SMSTSOrgName _SMSTSUseSSL _SMSTSUseCRL _SMSTSDownloadOnDemand _SMSTSRunFromDP "
    "_SMSTSLastContentDownloadLocation _SMSTSWTG _TSSecureBoot _OSDDetectedWinDir _OSDDetectedWinDrive "
    "_SMSTSStandAloneMedia _SMSTSBrandingTitle "
    // Set by the engine for every step.
    "_SMSTSCurrentActionName _SMSTSLastActionName _SMSTSLastActionRetCode _SMSTSLastActionSucceeded "
    // Read by the engine.
    "SMSTSMP SMSTSLocationMPs SMSTSPreferredAdvertID SMSTSAssignmentsDownloadInterval SMSTSAssignmentsDownloadRetry "
    "SMSTSDownloadRetryCount SMSTSDownloadRetryDelay SMSTSDownloadProgram SMSTSDownloadAbortCode "
    "SMSTSErrorDialogTimeout SMSTSRebootRequested SMSTSRetryRequested SMSTSRebootDelay SMSTSRebootDelayNext "
    "SMSTSRebootMessage SMSTSPostAction SMSTSLocalDataDrive SMSTSPersistContent SMSTSPreserveContent "
    "SMSTSPeerDownload SMSTSDisableStatusRetry SMSTSAssignUsersMode SMSTSUDAUsers SMSTSLanguageFolder "
    "SMSTSWaitForSecondReboot SMSTSDisableWow64Redirection TSDebugMode TSDebugOnError TSDisableProgressUI "
    "TSProgressInfoLevel TSErrorOnWarning TSUEFIDrive "
    // Read or set by actions.
    "OSDComputerName OSDDiskIndex OSDPartitions* OSDPartitionStyle OSDGPTBootDisk OSDImageIndex OSDConfigFileName "
    "OSDTargetSystemDrive OSDTargetSystemRoot OSDProductKey OSDTimeZone OSDLocalAdminPassword OSDRandomAdminPassword "
    "OSDRegisteredOrgName OSDRegisteredUserName OSDWindowsSettings* OSDJoin* OSDDomainName OSDDomainOUName "
    "OSDNetworkJoinType OSDAdapter* OSDCapture* OSDImage* OSDStateStorePath OSDMigrate* OSDBitLocker* "
    "OSDDoNotLogCommand";

}  // namespace

bool IsVariableName(std::string_view name) { return IsName(name) && name[0] != '_'; }

bool IsReadOnlyVariable(std::string_view name) { return IsName(name) && name[0] == '_'; }

std::vector<VariableReference> FindReferences(std::string_view text) {
  std::vector<VariableReference> references;
  size_t begin = text.find('%');
  while (begin != std::string_view::npos) {
    size_t end = text.find('%', begin + 1);
    if (end == std::string_view::npos) {
      break;
    }
    std::string_view name = text.substr(begin + 1, end - begin - 1);
    if (IsName(name)) {
      references.push_back({name, begin});
      end = text.find('%', end + 1);
    }
    begin = end;
  }
  return references;
}

bool IsSingleReference(std::string_view text) {
  return text.size() > 2 && text.front() == '%' && text.back() == '%' && IsName(text.substr(1, text.size() - 2));
}

const std::vector<std::string>& BuiltInVariables() {
  static const auto* const names = new std::vector<std::string>(absl::StrSplit(kBuiltIn, ' '));
  return *names;
}

bool IsBuiltInVariable(std::string_view name) {
  const std::vector<std::string>& names = BuiltInVariables();
  return std::any_of(names.begin(), names.end(), [name](std::string_view known) {
    return absl::EndsWith(known, "*") ? absl::StartsWithIgnoreCase(name, known.substr(0, known.size() - 1))
                                      : absl::EqualsIgnoreCase(name, known);
  });
}

}  // namespace tsmedia
