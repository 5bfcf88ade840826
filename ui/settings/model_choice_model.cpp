#include "ui/settings/model_choice_model.h"

#include "ui/shell/text_format.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

namespace {

QString dollars(double usd) {
    return text::money(NanoUsd(static_cast<std::int64_t>(std::llround(usd * 1e9))));
}

/// 400k, 1.05M: windows are round numbers.
QString tokensRounded(std::int64_t tokens) {
    const QLocale locale;
    if (tokens >= 1'000'000) {
        const double millions = static_cast<double>(tokens) / 1e6;
        return locale.toString(millions, 'g', millions < 10 ? 3 : 4) + QStringLiteral("M");
    }
    if (tokens >= 1000)
        return locale.toString(std::llround(static_cast<double>(tokens) / 1e3)) + QStringLiteral("k");
    return locale.toString(static_cast<qlonglong>(tokens));
}

bool sameChoice(const ModelChoice& a, const ModelChoice& b) {
    return a.id == b.id && a.inputUsdPerMillion == b.inputUsdPerMillion &&
           a.outputUsdPerMillion == b.outputUsdPerMillion && a.contextWindow == b.contextWindow &&
           a.isLocal == b.isLocal && a.isSimulated == b.isSimulated;
}

} // namespace

ModelChoiceModel::ModelChoiceModel(QObject* parent)
    : QAbstractListModel(parent)
    , m_choices(std::make_shared<const ModelChoices>()) {}

void ModelChoiceModel::setChoices(std::shared_ptr<const ModelChoices> choices) {
    // A reset closes popups: only where something differs.
    if (std::equal(choices->begin(), choices->end(), m_choices->begin(), m_choices->end(), sameChoice))
        return;
    beginResetModel();
    m_choices = std::move(choices);
    endResetModel();
}

const ModelChoice* ModelChoiceModel::find(const QString& id) const {
    const auto found = std::find_if(m_choices->begin(), m_choices->end(),
                                    [&id](const ModelChoice& choice) { return choice.id == id; });
    return found == m_choices->end() ? nullptr : &*found;
}

int ModelChoiceModel::rowOf(const QString& id) const {
    if (id.isEmpty())
        return 0;
    const ModelChoice* choice = find(id);
    return choice == nullptr ? -1 : static_cast<int>(choice - m_choices->data()) + 1;
}

int ModelChoiceModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_choices->size()) + 1;
}

QVariant ModelChoiceModel::data(const QModelIndex& index, int role) const {
    // A combo box without a current row asks for the data of no row.
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    if (index.row() == 0) {
        if (role == Qt::DisplayRole || role == Qt::EditRole)
            return QString();
        return role == Qt::AccessibleTextRole ? QVariant(tr("unset")) : QVariant();
    }
    const ModelChoice& choice = (*m_choices)[static_cast<std::size_t>(index.row() - 1)];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return choice.id;
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2").arg(choice.id, sentence(choice));
    case Qt::ToolTipRole:
        return sentence(choice);
    case PriceRole:
        return priceText(choice);
    case WindowRole:
        return windowText(choice);
    default:
        return {};
    }
}

QString ModelChoiceModel::priceText(const ModelChoice& choice) {
    if (choice.isSimulated)
        return tr("simulated");
    if (!choice.isPriced())
        return choice.isLocal ? tr("local") : text::unpriced();
    if (choice.isLocal && *choice.inputUsdPerMillion == 0 && *choice.outputUsdPerMillion == 0)
        return tr("local, free");
    return tr("%1 in · %2 out")
        .arg(dollars(*choice.inputUsdPerMillion), dollars(*choice.outputUsdPerMillion));
}

QString ModelChoiceModel::windowText(const ModelChoice& choice) {
    return choice.contextWindow ? tokensRounded(*choice.contextWindow) : QString();
}

QString ModelChoiceModel::sentence(const ModelChoice& choice) {
    QString price;
    if (choice.isSimulated)
        price = tr("simulated: costs nothing");
    else if (!choice.isPriced())
        price = choice.isLocal ? tr("local") : tr("unpriced: what it costs cannot be counted");
    else if (*choice.inputUsdPerMillion == 0 && *choice.outputUsdPerMillion == 0)
        price = choice.isLocal ? tr("local: costs nothing") : tr("costs nothing");
    else
        price = tr("%1 in, %2 out per million tokens")
                    .arg(dollars(*choice.inputUsdPerMillion), dollars(*choice.outputUsdPerMillion));
    const QString window = windowText(choice);
    return window.isEmpty() ? price : tr("%1 · holds %2 tokens").arg(price, window);
}

} // namespace tierdeck::ui
