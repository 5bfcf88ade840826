// An editable combo box for a model: completes by any part of the name, shows price and window beside it, and
// has "unset" as its first choice. Says what the user did; the document decides what it shows. GUI thread.
#pragma once

#include <QComboBox>
#include <QString>

class QCompleter;

namespace tierdeck::ui {

class ModelChoiceModel;
class Theme;

class ModelPicker final : public QComboBox {
    Q_OBJECT
public:
    ModelPicker(const Theme& theme, ModelChoiceModel& choices, QWidget* parent = nullptr);

    /// Without a signal; the cursor stays where it is while nothing changes.
    void setModelId(const QString& id);
    [[nodiscard]] QString modelId() const;
    /// What "unset" means here: "unset: balanced's model serves it".
    void setUnsetText(const QString& text);

    [[nodiscard]] const QString& unsetText() const { return m_unsetText; }

    /// Shown, but not to be edited.
    void setReadOnly(bool readOnly);

    void showPopup() override;

Q_SIGNALS:
    /// A keystroke: `id` is what stands there now, "" for unset.
    void typed(const QString& id);
    /// A choice from the list or the completion.
    void picked(const QString& id);
    /// The field was left: what is typed next is another edit.
    void left();

private:
    bool event(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void pick(const QString& id);

    ModelChoiceModel& m_choices;
    QCompleter* m_completer = nullptr;
    QString m_id;
    QString m_unsetText;
    bool m_readOnly = false;
};

} // namespace tierdeck::ui
