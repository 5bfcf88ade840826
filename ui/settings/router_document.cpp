#include "ui/settings/router_document.h"

#include "core/foundation/json_text.h"
#include "core/preferences/policy_reader.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>
#include <QUndoCommand>

#include <algorithm>
#include <utility>

namespace tierdeck::ui {

using preferences::PreferencesFile;

namespace {

QJsonValue valueOf(std::string_view json) {
    QByteArray wrapped("[");
    wrapped.append(json.data(), static_cast<qsizetype>(json.size())).append(']');
    return QJsonDocument::fromJson(wrapped).array().first();
}

bool isModel(RouterField field) {
    return field != RouterField::Dynamic && field != RouterField::Temperature;
}

/// The document after `json` was put at `pointer`, or what stands there was taken away.
std::optional<std::string> edited(const PreferencesFile& file, const std::string& pointer,
                                  const std::optional<std::string>& json) {
    PreferencesFile copy = file;
    if (json) {
        if (!copy.set(pointer, *json))
            return std::nullopt;
        return copy.text();
    }
    const auto present = copy.value(pointer);
    if (!present)
        return copy.text();
    // What adding the member made of the saved text is undone by the saved text, also where the objects
    // around it came with it.
    if (file.isModified() && !file.savedText().empty()) {
        auto saved = JsonText::parse(file.savedText());
        if (saved && !saved->find(pointer) && saved->set(pointer, *present) && saved->text() == file.text())
            return file.savedText();
    }
    auto document = JsonText::parse(copy.text());
    if (!document || !document->remove(pointer))
        return std::nullopt;
    return document->text();
}

} // namespace

std::string_view keyOf(RouterField field) {
    switch (field) {
    case RouterField::Balanced:
        return "balancedModel";
    case RouterField::Smart:
        return "smartModel";
    case RouterField::Coding:
        return "codingModel";
    case RouterField::Deep:
        return "deepModel";
    case RouterField::Routing:
        return "routingModel";
    case RouterField::Dynamic:
        return "dynamicTierEnabled";
    case RouterField::Temperature:
        return "temperature";
    }
    return {};
}

QString tierOf(RouterField field) {
    switch (field) {
    case RouterField::Balanced:
        return QStringLiteral("balanced");
    case RouterField::Smart:
        return QStringLiteral("smart");
    case RouterField::Coding:
        return QStringLiteral("coding");
    case RouterField::Deep:
        return QStringLiteral("deep");
    default:
        return {};
    }
}

/// The text before and after: small, and right whatever was saved or reloaded between.
class RouterDocument::Step final : public QUndoCommand {
public:
    Step(RouterDocument& document, std::string before, std::string after, const QString& name, int mergeId)
        : QUndoCommand(name)
        , m_document(document)
        , m_before(std::move(before))
        , m_after(std::move(after))
        , m_mergeId(mergeId) {}

    void undo() override { setObsolete(!m_document.putText(m_before)); }

    void redo() override { setObsolete(!m_document.putText(m_after)); }

    [[nodiscard]] int id() const override { return m_mergeId; }

    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const Step*>(other);
        m_after = next->m_after;
        setObsolete(m_after == m_before);
        return true;
    }

private:
    RouterDocument& m_document;
    std::string m_before;
    std::string m_after;
    int m_mergeId;
};

RouterDocument::RouterDocument(QObject* parent)
    : QObject(parent)
    , m_steps(this) {}

void RouterDocument::start(PreferencesFile file) {
    m_file = std::move(file);
    m_steps.clear();
    Q_EMIT changed();
}

void RouterDocument::reload(PreferencesFile file, const QString& stepName) {
    const bool wasEditable = isEditable();
    const std::string before = m_file ? m_file->text() : std::string();
    m_file = std::move(file);
    // Steps can only lead between texts that can be edited.
    if (!wasEditable || !isEditable() || m_steps.count() == 0)
        m_steps.clear();
    else if (before != m_file->text())
        m_steps.push(new Step(*this, before, m_file->text(), stepName, -1));
    Q_EMIT changed();
}

void RouterDocument::keepMine(PreferencesFile file) {
    const std::string mine = m_file->text();
    if (!file.isEditable())
        return;
    m_file = std::move(file);
    putText(mine);
    Q_EMIT changed();
}

void RouterDocument::takeSaved(PreferencesFile file) {
    keepMine(std::move(file));
}

std::optional<std::string> RouterDocument::text() const {
    if (!m_file || (!m_file->exists() && m_file->text().empty()))
        return std::nullopt;
    return m_file->text();
}

RouterDocument::FieldState RouterDocument::field(RouterField field) const {
    FieldState state;
    if (!isEditable())
        return state;
    const std::string_view key = keyOf(field);
    state.pointer = m_file->pointerTo(key);
    std::string_view json = m_file->value(state.pointer).value_or(std::string_view());
    if (json == "null" || json == "\"\"")
        json = {};
    if (json.empty() && isModel(field)) {
        if (const auto elsewhere = preferences::findKey(m_file->text(), key);
            elsewhere && *elsewhere != state.pointer) {
            state.pointer = *elsewhere;
            state.isOwnForm = false;
            json = m_file->value(*elsewhere).value_or(std::string_view());
        }
    }
    if (json.empty())
        return state;
    state.isSet = true;
    const QJsonValue value = valueOf(json);
    if (isModel(field) && value.isString()) {
        state.text = value.toString();
    } else if (isModel(field) && value.isObject()) {
        state.isOwnForm = false;
        state.text = QStringLiteral("%1/%2").arg(value.toObject().value(u"provider").toString(),
                                                 value.toObject().value(u"id").toString());
    } else {
        state.text = QString::fromUtf8(json.data(), static_cast<qsizetype>(json.size()));
    }
    return state;
}

void RouterDocument::set(RouterField field, const std::string& json, const QString& stepName, bool typing) {
    edit(this->field(field).pointer, json, stepName, typing ? static_cast<int>(field) : -1);
}

void RouterDocument::unset(RouterField field, const QString& stepName, bool typing) {
    edit(this->field(field).pointer, std::nullopt, stepName, typing ? static_cast<int>(field) : -1);
}

void RouterDocument::setAt(const std::string& pointer, const std::optional<std::string>& json,
                           const QString& stepName) {
    edit(pointer, json, stepName, -1);
}

void RouterDocument::edit(const std::string& pointer, const std::optional<std::string>& json,
                          const QString& stepName, int typingField) {
    if (!isEditable())
        return;
    if (typingField < 0)
        endTyping();
    const std::string before = m_file->text();
    const auto after = edited(*m_file, pointer, json);
    if (!after || *after == before)
        return;
    const int mergeId = typingField < 0 ? -1 : m_typing * static_cast<int>(routerFields.size()) + typingField;
    m_steps.push(new Step(*this, before, *after, stepName, mergeId));
}

void RouterDocument::revert(const QString& stepName) {
    endTyping();
    if (isModified())
        m_steps.push(new Step(*this, m_file->text(), m_file->savedText(), stepName, -1));
}

bool RouterDocument::putText(const std::string& text) {
    if (!isEditable())
        return false;
    if (m_file->text() != text && !m_file->apply({0, m_file->text(), text}))
        return false;
    Q_EMIT changed();
    return true;
}

int RouterDocument::changeCount() const {
    if (!isModified())
        return 0;
    const auto before =
        JsonText::parse(m_file->savedText().empty() ? std::string("{}") : m_file->savedText());
    const auto after = JsonText::parse(m_file->text().empty() ? std::string("{}") : m_file->text());
    if (!before || !after)
        return 1;
    const std::string root = m_file->root();
    int changes = 0;
    std::vector<std::string> keys = before->keys(root);
    for (const std::string& key : after->keys(root)) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            keys.push_back(key);
    }
    for (const std::string& key : keys) {
        const std::string pointer = root + "/" + escapePointerToken(key);
        changes += before->value(pointer) != after->value(pointer) ? 1 : 0;
    }
    return std::max(changes, 1);
}

} // namespace tierdeck::ui
