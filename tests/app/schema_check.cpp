#include "tests/app/schema_check.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <fstream>

namespace tierdeck::testing {

std::string schemaProblems(std::string_view schema, std::string_view json) {
    const std::string path =
        std::string(TIERDECK_RESOURCES "/schemas/") + std::string(schema) + ".schema.json";
    std::ifstream file(path);
    const auto schemaDocument = nlohmann::json::parse(file, nullptr, false);
    if (schemaDocument.is_discarded()) {
        return path + " is missing or no JSON\n";
    }
    const auto document = nlohmann::json::parse(json, nullptr, false);
    if (document.is_discarded()) {
        return "no JSON: " + std::string(json.substr(0, 200)) + "\n";
    }
    valijson::Schema parsed;
    const valijson::adapters::NlohmannJsonAdapter schemaAdapter(schemaDocument);
    valijson::SchemaParser().populateSchema(schemaAdapter, parsed);
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter adapter(document);
    if (valijson::Validator(valijson::Validator::kStrongTypes).validate(parsed, adapter, &results)) {
        return {};
    }
    std::string problems;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
        for (const std::string& step : error.context) {
            problems += step;
        }
        problems += ": " + error.description + "\n";
    }
    return problems.empty() ? "not valid\n" : problems;
}

} // namespace tierdeck::testing
