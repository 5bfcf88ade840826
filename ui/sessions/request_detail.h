// Why a request was served as it was: the decision as sentences, the ladder with its losers, the attempts,
// tokens by class and their prices; and what it should have been, where a person says so. Text that can be
// selected and read aloud. GUI thread; fed by the Sessions page, which asks the store.
#pragma once

#include "core/pricing/price_table.h"
#include "core/routing/request_record.h"
#include "core/sessions/store_reader.h"

#include <QWidget>

#include <optional>

class QComboBox;
class QLabel;
class QMenu;
class QTextBrowser;
class QToolButton;

namespace tierdeck::ui {

class ElidedLabel;
class Theme;
class TierChip;

class RequestDetail final : public QWidget {
    Q_OBJECT
public:
    explicit RequestDetail(const Theme& theme, QWidget* parent = nullptr);

    /// `number` of `ofTurn` in its turn, from 1.
    void showRequest(const routing::RequestRecord& request, const sessions::TurnRow& turn, int number);
    void clear(const QString& hint);
    /// The rates of the shown request's model at its time; nullopt where no price is known.
    void setRates(const std::optional<pricing::Rates>& rates);
    /// The tier that the shown request should have been; nullopt where nobody said.
    void setLabel(const std::optional<std::string>& tier);
    /// What it can be said to should have been.
    void setTiers(const QStringList& tiers);
    /// The request that is shown; nullopt for none.
    [[nodiscard]] std::optional<RequestId> shownRequest() const;
    [[nodiscard]] QString plainText() const;

Q_SIGNALS:
    /// Chosen by the user; "" takes the label away.
    void labelChosen(tierdeck::RequestId request, const QString& tier);

private:
    void fillCopyMenu();
    void render();
    void fitHeader();
    [[nodiscard]] bool fits(const QString& html, int width) const;
    [[nodiscard]] int widthOf(const QString& html) const;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

    const Theme& m_theme;
    std::optional<routing::RequestRecord> m_request;
    sessions::TurnRow m_turn;
    int m_number = 1;
    std::optional<pricing::Rates> m_rates;
    QString m_label;
    TierChip* m_chip = nullptr;
    ElidedLabel* m_title = nullptr;
    QLabel* m_labelName = nullptr;
    QComboBox* m_labels = nullptr;
    QToolButton* m_copy = nullptr;
    QMenu* m_copyMenu = nullptr;
    QTextBrowser* m_body = nullptr;
};

} // namespace tierdeck::ui
