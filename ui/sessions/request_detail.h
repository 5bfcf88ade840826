// Why a request was served as it was: the decision as sentences, the ladder with its losers, the attempts,
// tokens by class. Text that can be selected and read aloud. GUI thread; fed by the Sessions page.
#pragma once

#include "core/routing/request_record.h"
#include "core/sessions/store_reader.h"

#include <QWidget>

#include <optional>

class QTextBrowser;

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
    /// The request that is shown; nullopt for none.
    [[nodiscard]] std::optional<RequestId> shownRequest() const;
    [[nodiscard]] QString plainText() const;

private:
    void render();
    void resizeEvent(QResizeEvent* event) override;

    const Theme& m_theme;
    std::optional<routing::RequestRecord> m_request;
    sessions::TurnRow m_turn;
    int m_number = 1;
    bool m_wide = false;
    TierChip* m_chip = nullptr;
    ElidedLabel* m_title = nullptr;
    QTextBrowser* m_body = nullptr;
};

} // namespace tierdeck::ui
