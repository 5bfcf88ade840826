#include "core/preferences/preferences_file.h"

#include "core/preferences/history.h"

#include <algorithm>

namespace tierdeck::preferences {

namespace {

/// What `set` makes of a file that is not there yet.
Result<JsonText> startedWith(std::string_view pointer, std::string_view wrapper, std::string_view json) {
    auto document = JsonText::parse("{}\n");
    const std::string inWrapper = "/" + std::string(wrapper);
    std::string full(pointer);
    const bool isWrapped = pointer.empty() || pointer == inWrapper || pointer.starts_with(inWrapper + "/");
    if (!isWrapped)
        full = inWrapper + full;
    if (auto edit = document->set(full, json); !edit)
        return tl::unexpected(edit.error());
    return document;
}

/// `pointer` with "-" for each index of an array, as it was written when the element was added.
std::string withAppends(const JsonText& document, std::string_view pointer) {
    std::string appending;
    for (std::size_t slash = 0; slash < pointer.size();) {
        const std::size_t next = std::min(pointer.find('/', slash + 1), pointer.size());
        const auto parent = document.value(pointer.substr(0, slash));
        appending += parent && parent->starts_with('[') ? "/-" : pointer.substr(slash, next - slash);
        slash = next;
    }
    return appending;
}

} // namespace

Result<PreferencesFile> PreferencesFile::load(std::filesystem::path path, std::filesystem::path historyFolder,
                                              std::string wrapper) {
    PreferencesFile file;
    file.m_path = std::move(path);
    file.m_historyFolder = std::move(historyFolder);
    file.m_wrapper = std::move(wrapper);
    // The stamp is taken first: a change between the two shows as a change, never as none.
    file.m_stamp = stampOf(file.m_path);
    auto bytes = readFile(file.m_path);
    if (!bytes) {
        if (bytes.error().code != ErrorCode::NotFound)
            return tl::unexpected(bytes.error());
        file.m_stamp = {};
        return file;
    }
    file.m_loaded = fingerprintOf(*bytes);
    file.m_savedText = *bytes;
    auto document = JsonText::parse(*bytes);
    if (document) {
        file.m_document = std::move(*document);
    } else {
        file.m_parseError = document.error();
        file.m_unparsedText = std::move(*bytes);
    }
    return file;
}

const std::string& PreferencesFile::text() const {
    return m_document ? m_document->text() : m_unparsedText;
}

std::string PreferencesFile::root() const {
    const std::string wrapped = "/" + escapePointerToken(m_wrapper);
    if (m_parseError)
        return {};
    const bool isEmpty =
        !m_document || (m_document->keys("").empty() && m_document->value("")->starts_with('{'));
    return isEmpty || m_document->find(wrapped) ? wrapped : std::string();
}

std::string PreferencesFile::pointerTo(std::string_view key) const {
    return root() + "/" + escapePointerToken(key);
}

std::optional<std::string_view> PreferencesFile::value(std::string_view pointer) const {
    return m_document ? m_document->value(pointer) : std::nullopt;
}

tl::unexpected<Error> PreferencesFile::refusedEdit() const {
    return failure(ErrorCode::ReadOnly, name() + " is not valid JSON; mend it in an editor first.",
                   m_parseError->detail);
}

Result<TextEdit> PreferencesFile::set(std::string_view pointer, std::string_view json) {
    if (m_parseError)
        return refusedEdit();
    if (m_document)
        return m_document->set(pointer, json);
    auto started = startedWith(pointer, m_wrapper, json);
    if (!started)
        return tl::unexpected(started.error());
    m_document = std::move(*started);
    return TextEdit{0, {}, m_document->text()};
}

Result<TextEdit> PreferencesFile::unset(std::string_view pointer) {
    if (m_parseError)
        return refusedEdit();
    const auto current = value(pointer);
    if (!current)
        return failure(ErrorCode::NotFound, std::string(pointer) + " is not set in " + name() + ".");
    if (auto former = textBeforeSet(pointer, *current)) {
        TextEdit edit = editBetween(text(), *former);
        auto applied = apply(edit);
        return applied ? Result<TextEdit>(std::move(edit)) : tl::unexpected(applied.error());
    }
    return m_document->remove(pointer);
}

/// The text that a `set` of what stands at `pointer` made the present text of. Removing a member is its own
/// inverse, but a set may also have made the objects above it, or the file; then only a former text knows how
/// it was.
std::optional<std::string> PreferencesFile::textBeforeSet(std::string_view pointer,
                                                          std::string_view current) const {
    const std::string appending = withAppends(*m_document, pointer);
    const auto isIt = [&](const std::string& former) {
        const auto document = JsonText::parse(former);
        if (!document || document->find(pointer))
            return false;
        return becomes(*document, pointer, current) || becomes(*document, appending, current);
    };
    if (!m_loaded) {
        for (const std::string_view way : {pointer, std::string_view(appending)}) {
            const auto started = startedWith(way, m_wrapper, current);
            if (started && started->text() == text())
                return std::string();
        }
    }
    if (m_loaded && isIt(m_savedText))
        return m_savedText;
    std::optional<std::string> found;
    History(m_historyFolder, name()).forEachNewestFirst([&](std::string version) {
        if (isIt(version))
            found = std::move(version);
        return !found;
    });
    return found;
}

Result<void> PreferencesFile::apply(const TextEdit& edit) {
    if (m_parseError)
        return refusedEdit();
    if (m_document) {
        const bool takesAll = edit.offset == 0 && edit.inserted.empty() && edit.removed == m_document->text();
        if (takesAll && !m_loaded) { // back to the file that is not there
            m_document.reset();
            return {};
        }
        return m_document->apply(edit);
    }
    if (edit.offset != 0 || !edit.removed.empty())
        return failure(ErrorCode::Conflict, "The text changed in between, so this edit no longer fits it.");
    if (edit.inserted.empty())
        return {};
    auto document = JsonText::parse(edit.inserted);
    if (!document)
        return tl::unexpected(document.error());
    m_document = std::move(*document);
    return {};
}

/// Whether setting `json` makes the present text of a former one.
bool PreferencesFile::becomes(JsonText former, std::string_view pointer, std::string_view json) const {
    return former.set(pointer, json).has_value() && former.text() == text();
}

bool PreferencesFile::changedOutside() const {
    if (stampOf(m_path) == m_stamp)
        return false;
    const auto bytes = readFile(m_path);
    if (!bytes)
        return m_loaded.has_value() || bytes.error().code != ErrorCode::NotFound;
    return m_loaded != fingerprintOf(*bytes);
}

Result<void> PreferencesFile::save(OnConflict onConflict) {
    if (m_parseError)
        return refusedEdit();
    if (!isModified() && !changedOutside())
        return {};
    const History history(m_historyFolder, name());
    const auto lock = history.lock(); // between Tierdeck's own writers, from the comparison to the rename
    if (!lock)
        return tl::unexpected(lock.error());

    auto onDisk = readFile(m_path);
    if (!onDisk && onDisk.error().code != ErrorCode::NotFound)
        return tl::unexpected(onDisk.error());
    const auto present = onDisk ? std::optional(fingerprintOf(*onDisk)) : std::nullopt;
    if (present != m_loaded && onConflict == OnConflict::Refuse) {
        return failure(ErrorCode::Conflict,
                       name() + " was changed by someone else since it was read; reload it, or "
                                "keep yours and overwrite theirs.");
    }
    if (!onDisk || *onDisk != text()) {
        if (onDisk) {
            if (auto kept = history.keep(*onDisk); !kept)
                return kept;
        }
        if (auto written = writeFileAtomically(m_path, text()); !written)
            return written;
    }
    m_savedText = text();
    m_loaded = fingerprintOf(m_savedText);
    m_stamp = stampOf(m_path);
    return {};
}

} // namespace tierdeck::preferences
