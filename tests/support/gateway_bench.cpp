#include "tests/support/gateway_bench.h"

#include "core/foundation/atomic_file.h"

#include <cstdlib>
#include <utility>

namespace tierdeck::testing {

namespace fs = std::filesystem;

routing::PolicySource::Current FixedPolicies::current() {
    const std::lock_guard lock(m_mutex);
    auto current = m_current;
    m_current.reloaded.clear();
    return current;
}

void FixedPolicies::set(std::shared_ptr<const routing::Policy> policy, std::string problem,
                        std::string reloaded) {
    const std::lock_guard lock(m_mutex);
    m_current = {std::move(policy), std::move(problem), std::move(reloaded)};
}

Result<std::string> FixedSecrets::find(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_keys.find(name);
    if (found == m_keys.end())
        return failure(ErrorCode::NotFound, name + " is not set.");
    return found->second;
}

Result<std::string> FixedSecrets::fromEnvironment(const std::string& variable) const {
    return find(variable);
}

Result<std::string> FixedSecrets::fromKeychain(const std::string& entry) const {
    {
        const std::lock_guard lock(m_mutex);
        ++m_slowReads;
    }
    if (onSlowRead)
        onSlowRead();
    return find(entry);
}

Result<std::string> FixedSecrets::fromFile(const std::string& path) const {
    return fromKeychain(path);
}

void FixedSecrets::set(const std::string& name, const std::string& key) {
    const std::lock_guard lock(m_mutex);
    m_keys[name] = key;
}

int FixedSecrets::slowReads() const {
    const std::lock_guard lock(m_mutex);
    return m_slowReads;
}

void addProvider(routing::Policy& policy, const std::string& name, const std::string& url) {
    routing::ProviderSettings provider;
    provider.name = name;
    provider.apiType = routing::ApiType::OpenAiChat;
    provider.baseUrl = url;
    std::string variable;
    for (const char c : name)
        variable += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    provider.key = {routing::KeySource::Kind::Environment, variable + "_KEY"};
    policy.providers[name] = std::move(provider);
    policy.providerOrder.push_back(name);
}

routing::Policy testPolicy(const std::string& mockUrl) {
    auto policy = routing::Policy::withDefaults();
    addProvider(policy, "mock", mockUrl);
    routing::ProviderSettings simulated;
    simulated.name = "sim";
    simulated.apiType = routing::ApiType::Simulated;
    policy.providers["sim"] = std::move(simulated);
    policy.providerOrder.emplace_back("sim");
    policy.tiers["balanced"].model = routing::ModelId::parse("mock/base");
    policy.tiers["smart"].model = routing::ModelId::parse("mock/smart");
    policy.tiers["coding"].model = routing::ModelId::parse("mock/coder");
    policy.retries = {1, 0, 30000};
    policy.prices = pricing::PriceTable::parse(R"({"mock/base":{"input":1,"cache_read":0.1,"output":10},
                                                   "mock/smart":{"input":2,"cache_read":0.2,"output":20}})")
                        .value();
    policy.fingerprint = "00c0ffee00c0ffee";
    return policy;
}

void setFallbacks(routing::Policy& policy, const std::string& key, const std::vector<std::string>& models) {
    auto& targets = policy.fallbacks[key];
    targets.clear();
    for (const auto& model : models)
        targets.push_back({routing::ModelId::parse(model), {}});
}

GatewayBench::GatewayBench(const std::string& mockUrl)
    : policy(testPolicy(mockUrl)) {
    options.port = 0;
    std::string name = (fs::temp_directory_path() / "tierdeck-gateway-XXXXXX").string();
    m_folder = ::mkdtemp(name.data());
    secrets.set("MOCK_KEY", "mock-secret");
    secrets.set("OTHER_KEY", "other-secret");
}

GatewayBench::~GatewayBench() {
    sink.release(); // a gateway waits for what its sink has promised
    m_gateway.reset();
    m_log.reset();
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

void GatewayBench::start() {
    setPolicy(policy);
    m_log = gateway::TierLogWriter::open(m_folder / "tier.log").value();
    m_gateway = std::make_unique<gateway::Gateway>(
        options, gateway::Gateway::Parts{policies, store ? *store : sink, secrets, clock, *m_log,
                                         availability, spend});
    if (auto started = m_gateway->start(); !started)
        std::abort();
}

void GatewayBench::stop() {
    m_gateway->stop();
    m_log->flush();
}

void GatewayBench::setPolicy(const routing::Policy& changed) {
    policies.set(std::make_shared<const routing::Policy>(changed));
}

HttpMessage GatewayBench::ask(std::string_view request) const {
    return RawClient(port()).ask(request);
}

std::string GatewayBench::log() const {
    return readFile(m_folder / "tier.log").value_or("");
}

routing::RequestRecord GatewayBench::recordOf(const HttpMessage& reply) const {
    const auto id = reply.header("x-tierdeck-request");
    return id.empty() ? routing::RequestRecord() : sink.recordOf(std::stoll(id));
}

std::string chatBody(std::string_view model, std::string_view text, std::string_view more) {
    return "{" + std::string(more) + R"("model":")" + std::string(model) +
           R"(","messages":[{"role":"user","content":")" + std::string(text) + R"("}]})";
}

std::string chatRequest(std::string_view model, std::string_view text, const Headers& headers) {
    auto all = headers;
    all.emplace_back("content-type", "application/json");
    return httpRequest("POST", "/v1/chat/completions", chatBody(model, text), all);
}

std::string streamRequest(std::string_view model, std::string_view text, const Headers& headers) {
    auto all = headers;
    all.emplace_back("content-type", "application/json");
    return httpRequest("POST", "/v1/chat/completions", chatBody(model, text, R"("stream":true,)"), all);
}

std::string textIn(std::string_view json, std::string_view key) {
    const auto found = json.find('"' + std::string(key) + "\":\"");
    if (found == std::string_view::npos)
        return {};
    const auto begin = found + key.size() + 4;
    return std::string(json.substr(begin, json.find('"', begin) - begin));
}

} // namespace tierdeck::testing
