// Verifying with xmlsec, after looking that there is only one thing it could verify.
#include "connectors/files/signature.hpp"

#include <fmt/format.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <array>
#include <memory>
#include <mutex>
#include <vector>

namespace gramsetu::connectors::files {

namespace {

struct Free {
  void operator()(xmlDoc* document) const { ::xmlFreeDoc(document); }
  void operator()(xmlSecDSigCtx* context) const { ::xmlSecDSigCtxDestroy(context); }
};

constexpr std::string_view kSignature = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::array<std::string_view, 6> kSigned = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"};
constexpr std::array<std::string_view, 3> kDigests = {
    "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512"};
constexpr std::array<std::string_view, 3> kTransforms = {
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#"};

tl::unexpected<Error> refused(const std::string& why)
{
  return fail(ErrorKind::unauthorized, "signature: " + why);
}

std::string_view view(const xmlChar* text)
{
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

bool is_named(const xmlNode* node, std::string_view name)
{
  return node->type == XML_ELEMENT_NODE && view(node->name) == name && node->ns &&
         view(node->ns->href) == kSignature;
}

std::vector<xmlNode*> children(const xmlNode* parent, std::string_view name)
{
  std::vector<xmlNode*> found;
  for (xmlNode* child = parent->children; child; child = child->next) {
    if (is_named(child, name)) found.push_back(child);
  }
  return found;
}

std::string attribute(xmlNode* node, const char* name)
{
  xmlChar* value = ::xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(name));
  const std::string text(view(value));
  ::xmlFree(value);
  return text;
}

template <std::size_t N>
bool is_allowed(const std::array<std::string_view, N>& allowed, const std::string& word)
{
  for (const std::string_view one : allowed) {
    if (one == word) return true;
  }
  return false;
}

// The one reference: to the whole document, through nothing that could choose a part of it.
Result<void> check_reference(xmlNode* info)
{
  const auto references = children(info, "Reference");
  const auto methods = children(info, "SignatureMethod");
  const auto forms = children(info, "CanonicalizationMethod");
  if (references.size() != 1 || methods.size() != 1 || forms.size() != 1)
    return refused("it signs several things, or nothing");
  if (!is_allowed(kSigned, attribute(methods[0], "Algorithm")) ||
      !is_allowed(kTransforms, attribute(forms[0], "Algorithm")))
    return refused("its algorithm is not trusted any more");
  xmlNode* reference = references[0];
  const bool whole = ::xmlHasProp(reference, reinterpret_cast<const xmlChar*>("URI")) &&
                     attribute(reference, "URI").empty();
  const auto digests = children(reference, "DigestMethod");
  const auto lists = children(reference, "Transforms");
  if (!whole || digests.size() != 1 || lists.size() != 1)
    return refused("it does not sign the whole document");
  if (!is_allowed(kDigests, attribute(digests[0], "Algorithm")))
    return refused("its algorithm is not trusted any more");
  bool enveloped = false;
  for (xmlNode* transform : children(lists[0], "Transform")) {
    const std::string algorithm = attribute(transform, "Algorithm");
    if (!is_allowed(kTransforms, algorithm)) return refused("it signs a part of the document");
    enveloped = enveloped || algorithm == kTransforms[0];
  }
  return enveloped ? Result<void>() : refused("it is not enveloped");
}

Result<void> start()
{
  static std::once_flag once;
  static bool good = false;
  std::call_once(once, [] {
    good = ::xmlSecInit() == 0 && ::xmlSecCryptoAppInit(nullptr) == 0 && ::xmlSecCryptoInit() == 0;
    ::xmlSecErrorsSetCallback([](auto...) {}); // it would write to our log's descriptor
  });
  return good ? Result<void>() : fail(ErrorKind::unsupported, "signature: xmlsec cannot start");
}

// The certificates of a PEM text, one by one.
std::vector<std::string> split(const std::string& certificates)
{
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<std::string> all;
  for (std::size_t at = certificates.find(kBegin); at != std::string::npos;
       at = certificates.find(kBegin, at + 1)) {
    const std::size_t end = certificates.find(kEnd, at);
    if (end == std::string::npos) break;
    all.push_back(certificates.substr(at, end + kEnd.size() - at) + "\n");
  }
  return all;
}

bool is_signed_by(const std::string& certificate, xmlNode* signature)
{
  const std::unique_ptr<xmlSecDSigCtx, Free> context(::xmlSecDSigCtxCreate(nullptr));
  if (!context) return false;
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
  // The context takes the key along, and then looks for no other.
  context->signKey =
      ::xmlSecCryptoAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(certificate.data()),
                                     static_cast<xmlSecSize>(certificate.size()),
                                     xmlSecKeyDataFormatCertPem, nullptr, nullptr, nullptr);
  return context->signKey && ::xmlSecDSigCtxVerify(context.get(), signature) == 0 &&
         context->status == xmlSecDSigStatusSucceeded;
}

} // namespace

Result<void> check_signature(std::string_view document, const std::string& certificates)
{
  TRY_VOID(start());
  const auto trusted = split(certificates);
  if (trusted.empty()) return refused("there is no certificate to check it against");
  const std::unique_ptr<xmlDoc, Free> parsed(
      ::xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr, nullptr,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  xmlNode* root = parsed ? ::xmlDocGetRootElement(parsed.get()) : nullptr;
  if (!root || parsed->intSubset) return refused("this is no XML document, or has a document type");
  const auto signatures = children(root, "Signature");
  if (signatures.size() != 1)
    return refused(signatures.empty() ? "the document is not signed" : "there are several");
  const auto infos = children(signatures[0], "SignedInfo");
  if (infos.size() != 1) return refused("it signs several things, or nothing");
  TRY_VOID(check_reference(infos[0]));
  for (const std::string& certificate : trusted) {
    if (is_signed_by(certificate, signatures[0])) return {};
  }
  return refused("it is wrong, or not by anybody whom we trust");
}

} // namespace gramsetu::connectors::files
