#include "core/preferences/skills.h"

#include "core/foundation/json_text.h"
#include "core/preferences/json_section.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace tierdeck::preferences {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view skillFileName = "SKILL.md";
constexpr std::string_view fence = "---";

struct FrontMatter {
    std::string name;
    std::string description;
    std::string tier;
};

std::string_view takeLine(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

/// What stands between the first line, if it is `---`, and the next such line.
std::optional<std::string_view> frontMatterOf(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (takeLine(text) != fence)
        return std::nullopt;
    const std::string_view start = text;
    while (!text.empty()) {
        const std::string_view rest = text;
        if (takeLine(text) == fence)
            return start.substr(0, start.size() - rest.size());
    }
    return std::nullopt;
}

Result<FrontMatter> parseFrontMatter(std::string_view text) {
    FrontMatter matter;
    const auto yaml = frontMatterOf(text);
    if (!yaml)
        return matter;
    try {
        const YAML::Node node = YAML::Load(std::string(*yaml));
        if (node.IsNull())
            return matter;
        if (!node.IsMap())
            return failure(ErrorCode::ParseFailed, "its front matter is not a list of keys and values");
        for (const char* key : {"tier", "model_tier"}) {
            if (const YAML::Node value = node[key];
                matter.tier.empty() && value.IsDefined() && !value.IsNull())
                matter.tier = value.as<std::string>();
        }
        if (const YAML::Node value = node["name"]; value.IsDefined() && value.IsScalar())
            matter.name = value.as<std::string>();
        if (const YAML::Node value = node["description"]; value.IsDefined() && value.IsScalar())
            matter.description = value.as<std::string>();
    } catch (const YAML::Exception& error) {
        return failure(ErrorCode::ParseFailed,
                       "its front matter is not YAML (line " + std::to_string(error.mark.line + 2) + ")");
    }
    return matter;
}

fs::path expanded(const std::string& folder, const fs::path& workspace) {
    const char* const home = std::getenv("HOME");
    if (home && folder == "~")
        return home;
    return home && folder.starts_with("~/") ? fs::path(home) / folder.substr(2) : workspace / folder;
}

/// In the order of their names, so that what counts does not depend on the file system.
std::vector<fs::path> subfolders(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->is_directory(ignored))
            found.push_back(entry->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

bool SkillStamps::areStale() const {
    return std::any_of(files.begin(), files.end(),
                       [](const auto& file) { return stampOf(file.first) != file.second; });
}

std::vector<fs::path> skillFolders(const Workspace& workspace, std::string_view routerText) {
    std::vector<fs::path> folders{workspace.skillsFolder()};
    const auto document = JsonText::parse(std::string(routerText));
    if (!document)
        return folders;
    const auto list = document->value(document->find("/modelRouter") ? "/modelRouter/skillDirectories"
                                                                     : "/skillDirectories");
    if (!list || !list->starts_with('['))
        return folders;
    const Json elements = Json::parse(*list, nullptr, false);
    for (const Json& element : elements) {
        if (element.is_string() && !element.get_ref<const std::string&>().empty())
            folders.push_back(expanded(element.get<std::string>(), workspace.root()));
    }
    return folders;
}

SkillsReading readSkills(const std::vector<fs::path>& folders) {
    SkillsReading reading;
    std::map<std::string, Skill, std::less<>> all; // also those without a tier: they hide later ones
    for (const fs::path& folder : folders) {
        reading.stamps.files.emplace_back(folder, stampOf(folder));
        for (const fs::path& subfolder : subfolders(folder)) {
            const fs::path path = subfolder / skillFileName;
            reading.stamps.files.emplace_back(path, stampOf(path));
            const auto text = readFile(path);
            if (!text)
                continue;
            auto matter = parseFrontMatter(*text);
            if (!matter) {
                reading.problems.push_back(
                    {"skills",
                     "",
                     Severity::Warning,
                     path.string() + " is passed over: " + matter.error().message + ".",
                     {},
                     {}});
                continue;
            }
            const std::string name = matter->name.empty() ? subfolder.filename().string() : matter->name;
            all.emplace(name, Skill{name, matter->description, matter->tier, path});
        }
    }
    for (auto& [name, skill] : all) {
        if (!skill.tier.empty())
            reading.tiers.emplace(name, skill.tier);
        reading.skills.push_back(std::move(skill));
    }
    return reading;
}

} // namespace tierdeck::preferences
