#include "tests/architecture/source_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace tierdeck::testing {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string_view>;

struct FolderRule {
    std::string_view folder; ///< the longest that fits a file counts
    Names mayInclude;        ///< folders of the project, itself aside
    Names qtModules;         ///< "*" for any
};

const Names noQt;
const Names anyProject{"core", "ui", "app", "resources", "tests"};
const Names qtWithoutCharts{"QtCore", "QtGui", "QtWidgets", "QtSvg", "QtDBus"};

/// DESIGN: foundation ← pricing ← routing ← {preferences, sessions, gateway}, foundation ← tierlog,
/// core ← ui/backend ← ui, everything ← app.
const std::vector<FolderRule> folderRules{
    {"core/foundation", {}, noQt},
    {"core/pricing", {"core/foundation", "resources"}, noQt},
    {"core/routing", {"core/foundation", "core/pricing", "resources"}, noQt},
    {"core/preferences", {"core/foundation", "core/pricing", "core/routing", "resources"}, noQt},
    {"core/sessions", {"core/foundation", "core/pricing", "core/routing"}, noQt},
    {"core/gateway", {"core/foundation", "core/pricing", "core/routing"}, noQt},
    {"core/tierlog", {"core/foundation"}, noQt},
    {"resources", {}, noQt},
    {"ui/backend", {"core"}, {"QtCore"}},
    {"ui/charts", {"core", "ui"}, {"QtCore", "QtGui", "QtWidgets", "QtSvg", "QtCharts"}},
    {"ui", {"core", "ui", "resources"}, qtWithoutCharts},
    {"app/tierctl", {"core", "app", "resources"}, {"QtCore"}},
    {"app", {"core", "ui", "resources"}, qtWithoutCharts},
    {"tests/core", {"core", "resources", "tests/support"}, {"QtCore", "QtTest"}},
    {"tests", anyProject, {"*"}},
};

struct LibraryRule {
    std::string_view header; ///< how an include of it begins
    Names folders;           ///< where it may be included, tests aside
};

const std::vector<LibraryRule> libraryRules{
    {"sqlite3.h", {"core/sessions"}},
    {"xxhash.h", {"core/foundation"}},
    {"boost/", {"core/gateway", "app"}},
    {"simdjson.h", {"core/gateway", "core/sessions"}},
    {"yaml-cpp/", {"core/preferences"}},
    {"openssl/", {"core/gateway"}},
    {"spdlog/", {"core/gateway", "app", "ui"}},
    {"date/", {"core/sessions", "app/tierctl"}},
    {"qt6keychain/", {"app"}},
    {"CLI/", {"app"}},
    {"valijson/", {"core/gateway"}},
    {"re2/", {"core/gateway"}},
};

/// Libraries that no header may carry into another folder.
const Names heavyLibraries{"nlohmann/json.hpp", "boost/", "simdjson.h", "sqlite3.h", "yaml-cpp/",
                           "openssl/",          "date/",  "re2/",       "valijson/"};

bool isIn(std::string_view file, std::string_view folder) {
    return file.starts_with(folder) && file.size() > folder.size() && file[folder.size()] == '/';
}

bool isInAny(std::string_view file, const Names& folders) {
    return std::ranges::any_of(folders, [file](std::string_view folder) { return isIn(file, folder); });
}

/// Not as the end of another word.
bool isWordIn(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '}') {
            return true;
        }
    }
    return false;
}

const FolderRule* ruleFor(std::string_view file) {
    const FolderRule* found = nullptr;
    for (const FolderRule& rule : folderRules) {
        if (isIn(file, rule.folder) && (!found || rule.folder.size() > found->folder.size())) {
            found = &rule;
        }
    }
    return found;
}

struct Include {
    int line = 0;
    std::string name;
    bool quoted = false;
};

struct Source {
    std::string file;
    std::vector<std::string> lines;
    std::vector<Include> includes;

    [[nodiscard]] bool isHeader() const { return file.ends_with(".h"); }

    [[nodiscard]] bool isCode() const { return isHeader() || file.ends_with(".cpp"); }
};

std::optional<Include> includeOf(std::string_view text, int line) {
    const auto skipSpace = [&text] {
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    };
    skipSpace();
    if (!text.starts_with('#')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    skipSpace();
    if (!text.starts_with("include")) {
        return std::nullopt;
    }
    text.remove_prefix(7);
    skipSpace();
    if (text.empty() || (text.front() != '<' && text.front() != '"')) {
        return std::nullopt;
    }
    const bool quoted = text.front() == '"';
    const auto end = text.find(quoted ? '"' : '>', 1);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    return Include{line, std::string(text.substr(1, end - 1)), quoted};
}

Source read(const fs::path& root, const fs::path& path) {
    Source source{fs::relative(path, root).generic_string(), {}, {}};
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        source.lines.push_back(line);
        if (source.isCode()) {
            if (auto include = includeOf(line, static_cast<int>(source.lines.size()))) {
                source.includes.push_back(std::move(*include));
            }
        }
    }
    return source;
}

/// Text that people write: code, build files and scripts.
bool isText(const fs::path& path) {
    static const std::set<std::string> endings{".h",  ".cpp", ".cmake", ".txt", ".in",
                                               ".sh", ".js",  ".mjs",   ".md",  ".json"};
    return endings.contains(path.extension().string()) || path.extension().empty();
}

std::vector<Source> readAll(const fs::path& root) {
    std::vector<Source> sources;
    for (const char* folder : {"core", "ui", "app", "resources", "tests", "packaging"}) {
        if (!fs::exists(root / folder)) {
            continue;
        }
        for (auto entry = fs::recursive_directory_iterator(root / folder);
             entry != fs::recursive_directory_iterator(); ++entry) {
            const std::string name = entry->path().filename().string();
            if (entry->is_directory() &&
                (name == "node_modules" || name == "data" || name.starts_with('.'))) {
                entry.disable_recursion_pending();
            } else if (entry->is_regular_file() && isText(entry->path())) {
                sources.push_back(read(root, entry->path()));
            }
        }
    }
    return sources;
}

class QtModules {
public:
    explicit QtModules(const fs::path& headers) {
        std::error_code ignored;
        for (const auto& module : fs::directory_iterator(headers, ignored)) {
            if (!module.is_directory()) {
                continue;
            }
            for (const auto& header : fs::directory_iterator(module.path(), ignored)) {
                m_moduleOf.emplace(header.path().filename().string(), module.path().filename().string());
            }
        }
    }

    /// "" for what is not Qt's; "Qt" where the module is not known.
    [[nodiscard]] std::string of(const std::string& header) const {
        if (const auto slash = header.find('/'); slash != std::string::npos) {
            return header.starts_with("Qt") ? header.substr(0, slash) : std::string();
        }
        if (const auto known = m_moduleOf.find(header); known != m_moduleOf.end()) {
            return known->second;
        }
        const bool looksLikeQt =
            header.size() > 1 && header[0] == 'Q' && std::isupper(static_cast<unsigned char>(header[1]));
        return looksLikeQt || header.starts_with("Qt") ? "Qt" : "";
    }

private:
    std::map<std::string, std::string> m_moduleOf;
};

class Checker {
public:
    Checker(fs::path root, const fs::path& qtHeaders)
        : m_root(std::move(root))
        , m_qt(qtHeaders)
        , m_sources(readAll(m_root)) {}

    std::vector<Violation> run() {
        for (const Source& source : m_sources) {
            if (source.isCode()) {
                checkIncludes(source);
            }
            if (source.isCode() && !isIn(source.file, "tests")) {
                checkAwaits(source);
            }
            if (source.isHeader() && !isIn(source.file, "tests")) {
                checkOpening(source);
            }
            checkWords(source);
        }
        checkHeavyHeaders();
        return std::move(m_violations);
    }

private:
    void add(const Source& source, int line, std::string sentence) {
        m_violations.push_back({source.file, line, std::move(sentence)});
    }

    void checkIncludes(const Source& source) {
        const FolderRule* rule = ruleFor(source.file);
        if (!rule) {
            add(source, 0, "stands in a folder that DESIGN.md does not name");
            return;
        }
        for (const Include& include : source.includes) {
            if (include.quoted) {
                checkProjectInclude(source, include, *rule);
            } else {
                checkQtInclude(source, include, *rule);
                checkLibraryInclude(source, include);
            }
        }
    }

    void checkProjectInclude(const Source& source, const Include& include, const FolderRule& rule) {
        if (include.name.ends_with(".moc")) {
            return;
        }
        if (!fs::exists(m_root / include.name)) {
            add(source, include.line, "\"" + include.name + "\" is not written from the project's root");
            return;
        }
        if (!isIn(include.name, rule.folder) && !isInAny(include.name, rule.mayInclude)) {
            add(source, include.line, std::string(rule.folder) + " may not know \"" + include.name + "\"");
        }
    }

    void checkQtInclude(const Source& source, const Include& include, const FolderRule& rule) {
        const std::string module = m_qt.of(include.name);
        if (module.empty() || std::ranges::find(rule.qtModules, "*") != rule.qtModules.end() ||
            std::ranges::find(rule.qtModules, module) != rule.qtModules.end()) {
            return;
        }
        add(source, include.line,
            std::string(rule.folder) + " may not use <" + include.name + "> of " + module);
    }

    void checkLibraryInclude(const Source& source, const Include& include) {
        if (isIn(source.file, "tests")) {
            return;
        }
        for (const LibraryRule& rule : libraryRules) {
            if (include.name.starts_with(rule.header) && !isInAny(source.file, rule.folders)) {
                add(source, include.line, "<" + include.name + "> belongs behind another folder");
            }
        }
    }

    void checkOpening(const Source& source) {
        if (source.lines.empty() || !source.lines.front().starts_with("// ")) {
            add(source, 1, "does not open by saying what it is for, which thread uses it and who owns it");
        }
        if (std::ranges::find(source.lines, "#pragma once") == source.lines.end()) {
            add(source, 0, "has no #pragma once");
        }
    }

    /// Two things that GCC 12 translates wrongly: co_await in a condition (the coroutine resumes into a trap)
    /// and with a braced argument (what is made of it is destroyed twice).
    void checkAwaits(const Source& source) {
        static constexpr std::array<std::string_view, 4> conditions{"if (", "while (", "for (", "switch ("};
        static constexpr std::array<std::string_view, 3> braced{"({", "( {", ", {"};
        for (std::size_t index = 0; index < source.lines.size(); ++index) {
            const std::string code = source.lines[index].substr(0, source.lines[index].find("//"));
            const auto await = code.find("co_await ");
            if (await == std::string::npos) {
                continue;
            }
            const int line = static_cast<int>(index) + 1;
            const std::string_view before = std::string_view(code).substr(0, await);
            const std::string_view behind = std::string_view(code).substr(await);
            if (std::ranges::any_of(conditions, [&](auto word) { return isWordIn(before, word); })) {
                add(source, line, "awaits in a condition, which GCC 12 breaks: give the result a name first");
            }
            if (std::ranges::any_of(braced, [&](auto sign) { return behind.find(sign) != behind.npos; })) {
                add(source, line, "awaits with a braced argument, which GCC 12 breaks: give it a name first");
            }
        }
    }

    void checkWords(const Source& source) {
        // Put together here, so that this file does not break its own rules.
        static const std::array<std::string, 3> words{std::string("TO") + "DO", std::string("FIX") + "ME",
                                                      std::string("../") + "shared"};
        for (std::size_t index = 0; index < source.lines.size(); ++index) {
            for (const std::string& word : words) {
                if (source.lines[index].find(word) != std::string::npos) {
                    add(source, static_cast<int>(index) + 1, "says " + word);
                }
            }
        }
    }

    /// A header with a heavy library in it may serve its own folder only.
    void checkHeavyHeaders() {
        std::map<std::string, std::string> heavy; // header → library
        for (const Source& source : m_sources) {
            if (source.isHeader() && isIn(source.file, "core")) {
                for (const Include& include : source.includes) {
                    if (std::ranges::any_of(heavyLibraries, [&](auto library) {
                            return include.name.starts_with(library);
                        })) {
                        heavy.emplace(source.file, include.name);
                    }
                }
            }
        }
        for (const Source& source : m_sources) {
            for (const Include& include : source.includes) {
                const auto found = heavy.find(include.name);
                const FolderRule* rule = found == heavy.end() ? nullptr : ruleFor(found->first);
                if (rule && !isIn(source.file, rule->folder) && !isIn(source.file, "tests")) {
                    add(source, include.line,
                        "\"" + include.name + "\" brings <" + found->second + "> along");
                }
            }
        }
    }

    fs::path m_root;
    QtModules m_qt;
    std::vector<Source> m_sources;
    std::vector<Violation> m_violations;
};

} // namespace

std::string Violation::text() const {
    return file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + sentence;
}

std::vector<Violation> checkSources(const fs::path& root, const fs::path& qtHeaders) {
    return Checker(root, qtHeaders).run();
}

std::vector<Violation> checkTopLevel(const fs::path& root) {
    static const std::set<std::string> known{
        "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
        "app", "core", "ui", "resources", "tests", "packaging",
        // made by building, and not kept by git
        "build", "compile_commands.json", "CMakeUserPresets.json", "node_modules"};
    std::vector<Violation> violations;
    for (const auto& entry : fs::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with('.') && !known.contains(name)) {
            violations.push_back({name, 0, "is not in the layout of the top level"});
        }
    }
    return violations;
}

} // namespace tierdeck::testing
