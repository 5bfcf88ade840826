#include "ui/shell/shortcuts_dialog.h"

#include "ui/shell/actions.h"
#include "ui/shell/theme.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace tierdeck::ui {

ShortcutsDialog::ShortcutsDialog(const Theme&, QWidget* parent)
    : QDialog(parent) {
    setObjectName(QStringLiteral("shortcutsDialog"));
    setWindowTitle(tr("Keyboard shortcuts"));
    auto* table = new QWidget(this);
    auto* grid = new QGridLayout(table);
    grid->setContentsMargins(Theme::paddingLarge, Theme::padding, Theme::paddingLarge, Theme::padding);
    grid->setHorizontalSpacing(Theme::paddingLarge * 2);
    grid->setVerticalSpacing(Theme::grid + 2);
    int row = 0;
    bool first = true;
    ActionPlace place = ActionPlace::Everywhere;
    for (const ActionInfo& info : actions::catalogue()) {
        if (first || info.place != place) {
            auto* title = new QLabel(actions::placeName(info.place), table);
            title->setFont(Theme::sectionTitleFont());
            title->setContentsMargins(0, first ? 0 : Theme::padding, 0, Theme::grid);
            grid->addWidget(title, row++, 0, 1, 2);
            place = info.place;
            first = false;
        }
        QString words = info.text;
        words.remove(u'&');
        QStringList keys;
        for (const QKeySequence& sequence : info.keys)
            keys.append(sequence.toString(QKeySequence::NativeText));
        auto* name = new QLabel(words, table);
        auto* key = new QLabel(keys.join(tr(" or ")), table);
        key->setForegroundRole(QPalette::PlaceholderText);
        grid->addWidget(name, row, 0);
        grid->addWidget(key, row, 1);
        ++row;
    }
    grid->setColumnStretch(0, 1);
    grid->setRowStretch(row, 1);
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("shortcutsList"));
    scroll->setAccessibleName(tr("Keyboard shortcuts"));
    scroll->setWidget(table);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, Theme::padding, Theme::padding);
    column->addWidget(scroll, 1);
    column->addWidget(buttons);
    resize(std::max(420, table->sizeHint().width() + 40), 560);
}

} // namespace tierdeck::ui
