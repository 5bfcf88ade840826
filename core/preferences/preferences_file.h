// One preferences file in hand: its text, what it was on disk when it was read, edits, and a safe save with
// history. Holds no lock and no watch. One thread at a time; the owner is whoever edits (a panel, one tierctl
// command).
#pragma once

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/foundation/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::preferences {

class PreferencesFile {
public:
    /// Reads `path`. A missing file is an empty one that can be edited; one that does not parse is read-only
    /// and says where in parseError().
    [[nodiscard]] static Result<PreferencesFile>
    load(std::filesystem::path path, std::filesystem::path historyFolder, std::string wrapper);

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// "model-router.json".
    [[nodiscard]] std::string name() const { return m_path.filename().string(); }

    [[nodiscard]] bool exists() const { return m_loaded.has_value(); }

    [[nodiscard]] const std::optional<Error>& parseError() const { return m_parseError; }

    [[nodiscard]] bool isEditable() const { return !m_parseError; }

    [[nodiscard]] const std::string& savedText() const {
        return m_savedText;
    } ///< as on disk when last read or saved

    [[nodiscard]] const std::string& text() const; ///< with edits; "" for a missing file

    [[nodiscard]] bool isModified() const { return text() != m_savedText; }

    /// "/modelRouter" where the object stands in its wrapper (or the file is missing), "" where it stands
    /// bare.
    [[nodiscard]] std::string root() const;
    /// root() + "/" + key, escaped.
    [[nodiscard]] std::string pointerTo(std::string_view key) const;
    [[nodiscard]] std::optional<std::string_view> value(std::string_view pointer) const;

    /// ReadOnly on a file that does not parse. On a missing file, set() starts `{"modelRouter": {…}}`.
    [[nodiscard]] Result<TextEdit> set(std::string_view pointer, std::string_view json);
    /// Restores the bytes before the `set` that added the member, also when another process had set it.
    [[nodiscard]] Result<TextEdit> unset(std::string_view pointer);
    [[nodiscard]] Result<void> apply(const TextEdit& edit);

    /// What is on disk now is not what was read. Cheap when nothing happened.
    [[nodiscard]] bool changedOutside() const;
    enum class OnConflict { Refuse, KeepMine };
    /// Conflict when the file changed since it was read (unless KeepMine). Former bytes go to the history
    /// folder.
    [[nodiscard]] Result<void> save(OnConflict onConflict = OnConflict::Refuse);

private:
    PreferencesFile() = default;
    [[nodiscard]] tl::unexpected<Error> refusedEdit() const;
    [[nodiscard]] bool becomes(JsonText former, std::string_view pointer, std::string_view json) const;
    [[nodiscard]] std::optional<std::string> textBeforeSet(std::string_view pointer,
                                                           std::string_view current) const;

    std::filesystem::path m_path;
    std::filesystem::path m_historyFolder;
    std::string m_wrapper;
    std::string m_savedText;
    std::optional<JsonText> m_document;
    std::optional<Fingerprint> m_loaded; ///< nullopt: there was no file
    FileStamp m_stamp;
    std::optional<Error> m_parseError;
    std::string m_unparsedText;
};

} // namespace tierdeck::preferences
