// model-router.json while it is edited: what each field says, edits as splices of the text with undo, and
// what Save would change. In memory only; files are the worker's business. GUI thread; part of the Model
// Router page.
#pragma once

#include "core/preferences/preferences_file.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::ui {

/// The seven keys that the panel edits, in the order they are shown.
enum class RouterField { Balanced, Smart, Coding, Deep, Routing, Dynamic, Temperature };
inline constexpr std::array<RouterField, 7> routerFields{
    RouterField::Balanced, RouterField::Smart,   RouterField::Coding,     RouterField::Deep,
    RouterField::Routing,  RouterField::Dynamic, RouterField::Temperature};
/// "balancedModel", "dynamicTierEnabled" …
[[nodiscard]] std::string_view keyOf(RouterField field);
/// "balanced"; "" for fields that are no tier's.
[[nodiscard]] QString tierOf(RouterField field);

class RouterDocument final : public QObject {
    Q_OBJECT
public:
    struct FieldState {
        bool isSet = false;
        bool isOwnForm = true; ///< false: another runtime's form, shown and left alone
        QString text;          ///< a model's id; else the value as it is spelled in the file
        std::string pointer;   ///< where it stands, or would stand
    };

    explicit RouterDocument(QObject* parent = nullptr);

    /// Starts with what was read; forgets every step.
    void start(preferences::PreferencesFile file);
    /// Takes over what the file is now. A step like any other: undoing it brings the former text back.
    void reload(preferences::PreferencesFile file, const QString& stepName);
    /// Keeps the text in hand as an edit of what the file is now, so that Save overwrites exactly that.
    void keepMine(preferences::PreferencesFile file);
    /// After a save of a copy: what is on disk now; edits made meanwhile stay.
    void takeSaved(preferences::PreferencesFile file);

    [[nodiscard]] const preferences::PreferencesFile& file() const { return *m_file; }

    [[nodiscard]] bool isStarted() const { return m_file.has_value(); }

    [[nodiscard]] bool isEditable() const { return m_file && m_file->isEditable(); }

    [[nodiscard]] bool isModified() const { return m_file && m_file->isModified(); }

    /// nullopt while there is no file and nothing was edited.
    [[nodiscard]] std::optional<std::string> text() const;
    [[nodiscard]] FieldState field(RouterField field) const;

    /// `typing`: goes on with the step before if that typed into the same field. An edit that changes nothing
    /// is none.
    void set(RouterField field, const std::string& json, const QString& stepName, bool typing = false);
    void unset(RouterField field, const QString& stepName, bool typing = false);
    void setAt(const std::string& pointer, const std::optional<std::string>& json, const QString& stepName);

    /// The next typing begins a step of its own.
    void endTyping() { ++m_typing; }

    /// Back to what is on disk, as a step.
    void revert(const QString& stepName);

    /// How many keys Save would change, add or remove.
    [[nodiscard]] int changeCount() const;

    [[nodiscard]] QUndoStack& steps() { return m_steps; }

Q_SIGNALS:
    void changed();

private:
    class Step;

    void edit(const std::string& pointer, const std::optional<std::string>& json, const QString& stepName,
              int typingField);
    bool putText(const std::string& text);

    std::optional<preferences::PreferencesFile> m_file;
    QUndoStack m_steps;
    int m_typing = 0;
};

} // namespace tierdeck::ui
