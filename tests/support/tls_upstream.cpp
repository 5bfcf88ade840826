#include "tests/support/tls_upstream.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <csignal>
#include <fstream>

namespace tierdeck::testing {

namespace {

template <typename T, auto free>
using Held = std::unique_ptr<T, decltype([](T* held) { free(held); })>;

using Key = Held<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Held<X509, X509_free>;

Certificate selfSigned(EVP_PKEY* key, const std::string& host) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    auto* name = X509_get_subject_name(certificate.get());
    const std::string commonName = "tierdeck test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(commonName.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    const Held<X509_EXTENSION, X509_EXTENSION_free> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str()));
    X509_add_ext(certificate.get(), names.get(), -1);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

std::string pemOf(X509* certificate) {
    const Held<BIO, BIO_free> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

} // namespace

TlsUpstream::TlsUpstream(Script script, const std::string& host)
    : m_script(std::move(script))
    , m_context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free)
    , m_listener(Socket::listening())
    , m_port(m_listener.port()) {
    const Key key(EVP_EC_gen("P-256"));
    const auto certificate = selfSigned(key.get(), host);
    SSL_CTX_use_certificate(m_context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(m_context.get(), key.get());
    m_certificate = pemOf(certificate.get());
    m_thread = std::thread([this] { acceptAll(); });
}

TlsUpstream::~TlsUpstream() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_listener.wake();
        for (const auto& served : m_served)
            served.socket.wake();
    }
    m_thread.join();
    for (auto& served : m_served)
        served.thread.join();
}

void TlsUpstream::writeCertificate(const std::filesystem::path& file) const {
    std::ofstream(file) << m_certificate;
}

int TlsUpstream::connections() const {
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_served.size());
}

int TlsUpstream::handshakes() const {
    const std::lock_guard lock(m_mutex);
    return m_handshakes;
}

void TlsUpstream::acceptAll() {
    while (true) {
        Socket socket = m_listener.accept();
        const std::lock_guard lock(m_mutex);
        if (m_stopping || !socket.isValid())
            return;
        auto& served = m_served.emplace_back();
        served.socket = std::move(socket);
        served.thread = std::thread([this, &served] { serve(served); });
    }
}

void TlsUpstream::serve(Served& served) {
    // OpenSSL writes to a client that has gone as to any file. (Only here: the test library minds the
    // signal.)
    sigset_t brokenPipe;
    sigemptyset(&brokenPipe);
    sigaddset(&brokenPipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &brokenPipe, nullptr);
    const Held<SSL, SSL_free> tls(SSL_new(m_context.get()));
    SSL_set_fd(tls.get(), served.socket.descriptor());
    if (SSL_accept(tls.get()) != 1)
        return;
    {
        const std::lock_guard lock(m_mutex);
        ++m_handshakes;
    }
    const Send send = [&](std::string_view bytes) {
        SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
    };
    std::string bytes;
    const auto more = [&] {
        std::array<char, 16384> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
        const int size = SSL_read(tls.get(), piece.data(), static_cast<int>(piece.size()));
        if (size > 0)
            bytes.append(piece.data(), static_cast<std::size_t>(size));
        return size > 0;
    };
    while (true) {
        std::optional<HttpMessage> request;
        while (!(request = takeHead(bytes))) {
            if (!more())
                return;
        }
        while (!takeBody(*request, bytes, true, false)) {
            if (!more())
                return;
        }
        m_script(send, *request);
    }
}

} // namespace tierdeck::testing
