// The tiers that skills ask for: front matter of SKILL.md in the workspace's skills folder and the
// `skillDirectories`. Reads files; any thread.
#pragma once

#include "core/foundation/atomic_file.h"
#include "core/foundation/workspace.h"
#include "core/preferences/problem.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

/// What tells that skills changed, without reading them.
struct SkillStamps {
    std::vector<std::pair<std::filesystem::path, FileStamp>>
        files; ///< folders of skills and each SKILL.md in them
    bool operator==(const SkillStamps&) const = default;
    /// Something is not as it was when the stamps were taken.
    [[nodiscard]] bool areStale() const;
};

struct Skill {
    std::string name;        ///< of the front matter, else of its folder
    std::string description; ///< "" where it has none
    std::string tier;        ///< likewise
    std::filesystem::path file;
};

struct SkillsReading {
    std::vector<Skill> skills;                             ///< also those without a tier; by name
    std::map<std::string, std::string, std::less<>> tiers; ///< skill → tier, for those that name one
    std::vector<Problem> problems;                         ///< warnings; such a skill has no tier
    SkillStamps stamps;
};

/// The workspace's own folder first, then `skillDirectories` of model-router.json, where ~ is the home folder
/// and what is relative starts at the workspace.
[[nodiscard]] std::vector<std::filesystem::path> skillFolders(const Workspace& workspace,
                                                              std::string_view routerText);

/// Where two folders hold a skill of one name, the earlier folder's counts.
[[nodiscard]] SkillsReading readSkills(const std::vector<std::filesystem::path>& folders);

} // namespace tierdeck::preferences
