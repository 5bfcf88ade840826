// The models that pickers offer, one list for all of them: first "unset", then each with its price and
// window. GUI thread; owned by the Model Router page.
#pragma once

#include "ui/backend/preferences_worker.h"

#include <QAbstractListModel>
#include <QString>

#include <memory>

namespace tierdeck::ui {

class ModelChoiceModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        PriceRole = Qt::UserRole + 1, ///< "$1.25 in · $10 out", "free", "simulated", "unpriced"
        WindowRole,                   ///< "400k"; "" where it is not known
    };

    explicit ModelChoiceModel(QObject* parent = nullptr);

    void setChoices(std::shared_ptr<const ModelChoices> choices);
    [[nodiscard]] const ModelChoice* find(const QString& id) const;
    /// 0, the row of "unset", for "".
    [[nodiscard]] int rowOf(const QString& id) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    [[nodiscard]] static QString priceText(const ModelChoice& choice);
    [[nodiscard]] static QString windowText(const ModelChoice& choice);
    /// "$1.25 in, $10 out per million tokens · holds 400k tokens".
    [[nodiscard]] static QString sentence(const ModelChoice& choice);

private:
    std::shared_ptr<const ModelChoices> m_choices;
};

} // namespace tierdeck::ui
