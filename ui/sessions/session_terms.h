// What sessions are filtered by besides free text: a value, and how it is typed: `project:shop
// model:"my model" cost>0.50`. Pure functions; any thread.
#pragma once

#include "core/sessions/store_reader.h"

#include <QList>
#include <QString>

#include <optional>

namespace tierdeck::ui {

struct SessionTerms {
    enum class Key { Source, Project, Client, Model, Tier, LeastCost };
    static constexpr Key keys[] = {Key::Project, Key::Client, Key::Source,
                                   Key::Tier,    Key::Model,  Key::LeastCost};

    struct Term {
        Key key = Key::Project;
        QString value; ///< as it is typed; a tier "-" is that of explicit models
        bool operator==(const Term&) const = default;
    };

    QList<Term> terms; ///< at most one of each key

    /// In the place of the one with that key.
    void set(const Term& term);
    void remove(Key key);
    [[nodiscard]] std::optional<QString> value(Key key) const;
    void addTo(sessions::Filter& filter) const;

    /// "project"
    [[nodiscard]] static QString word(Key key);
    /// "Project", for menus.
    [[nodiscard]] static QString name(Key key);
    /// "project: shop", "cost ≥ $0.50"
    [[nodiscard]] static QString label(const Term& term);
};

/// A typed line, taken apart: its terms, and the text that is left. A word that is no term stays text.
struct TypedFilter {
    QList<SessionTerms::Term> terms;
    QString text;
};

[[nodiscard]] TypedFilter readTyped(const QString& line);

} // namespace tierdeck::ui
