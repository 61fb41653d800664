// XML documents signed by a key that the test has made.
#pragma once

#include "connectors/files/signature.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

namespace gramsetu::test {

// A key pair and its certificate, made by openssl.
class Signer {
public:
  Signer()
  {
    const std::string command =
        fmt::format("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 "
                    "-keyout '{}' -out '{}' >/dev/null 2>&1",
                    dir_.file("key.pem"), certificate_file());
    REQUIRE(std::system(command.c_str()) == 0);
    static_cast<void>(connectors::files::check_signature("", "")); // starts xmlsec
  }

  std::string certificate_file() const { return dir_.file("certificate.pem"); }
  std::string certificate() const { return dir_.read("certificate.pem"); }

  // What stands before the end of the root gets signed; `uri` and `method` as written into the signature.
  std::string sign(const std::string& document, const std::string& uri = "",
                   const std::string& method = "rsa-sha256") const
  {
    const bool old = method == "rsa-sha1";
    const std::string name =
        (old ? "http://www.w3.org/2000/09/xmldsig#" : "http://www.w3.org/2001/04/xmldsig-more#") +
        method;
    const std::string form = fmt::format(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>"
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>"
        "<ds:SignatureMethod Algorithm=\"{}\"/><ds:Reference URI=\"{}\"><ds:Transforms>"
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>"
        "</ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
        "<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>",
        name, uri);
    std::string text = document;
    text.insert(text.rfind("</"), form);
    xmlDoc* parsed = xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr, 0);
    REQUIRE(parsed);
    xmlNode* root = xmlDocGetRootElement(parsed);
    if (xmlAttr* id = xmlHasProp(root, reinterpret_cast<const xmlChar*>("Id")))
      xmlAddID(nullptr, parsed, reinterpret_cast<const xmlChar*>("root"), id);
    xmlNode* signature = root->last;
    while (signature->type != XML_ELEMENT_NODE)
      signature = signature->prev;
    xmlSecDSigCtx* context = xmlSecDSigCtxCreate(nullptr);
    const std::string key = dir_.read("key.pem");
    context->signKey = xmlSecCryptoAppKeyLoadMemory(
        reinterpret_cast<const xmlSecByte*>(key.data()), static_cast<xmlSecSize>(key.size()),
        xmlSecKeyDataFormatPem, nullptr, nullptr, nullptr);
    REQUIRE(context->signKey);
    REQUIRE(xmlSecDSigCtxSign(context, signature) == 0);
    xmlSecDSigCtxDestroy(context);
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpMemory(parsed, &bytes, &size);
    std::string made(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    xmlFree(bytes);
    xmlFreeDoc(parsed);
    return made;
  }

private:
  TempDir dir_;
};

} // namespace gramsetu::test
