#include "ui/sessions/session_exporter.h"

#include "ui/shell/theme.h"

#include <QBuffer>
#include <QFileDialog>
#include <QMenu>
#include <QPainter>

#include <filesystem>
#include <utility>

namespace tierdeck::ui {

SessionExporter::SessionExporter(StoreWorker& store, const Theme& theme, std::function<Subject()> subject,
                                 QWidget* page)
    : QObject(page)
    , m_store(store)
    , m_theme(theme)
    , m_subject(std::move(subject))
    , m_page(page)
    , m_menu(new QMenu(page)) {
    m_menu->setObjectName(QStringLiteral("sessionExportMenu"));
    using sessions::ListFormat;
    using sessions::ListKind;
    const auto add = [this](const QString& text, ListKind kind, ListFormat format) {
        connect(m_menu->addAction(text), &QAction::triggered, this,
                [this, kind, format] { exportRows(kind, format); });
    };
    add(tr("&Turns of this session as CSV"), ListKind::Turns, ListFormat::Csv);
    add(tr("T&urns of this session as JSON"), ListKind::Turns, ListFormat::Json);
    add(tr("&Requests of this session as CSV"), ListKind::Requests, ListFormat::Csv);
    add(tr("R&equests of this session as JSON"), ListKind::Requests, ListFormat::Json);
    connect(m_menu->addAction(tr("&Picture of the chart as PNG")), &QAction::triggered, this,
            &SessionExporter::exportPicture);
    m_menu->addSeparator();
    add(tr("&Listed sessions as CSV"), ListKind::Sessions, ListFormat::Csv);
    add(tr("Li&sted sessions as JSON"), ListKind::Sessions, ListFormat::Json);
}

void SessionExporter::chooseFile(const QString& name, const QString& suffix,
                                 std::function<void(const QString&)> then) {
    auto* dialog = new QFileDialog(m_page, tr("Export"));
    dialog->setObjectName(QStringLiteral("sessionExportDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setDefaultSuffix(suffix);
    dialog->setNameFilter(tr("%1 files (*.%2)").arg(suffix.toUpper(), suffix));
    QString file = name;
    for (QChar& letter : file)
        if (!letter.isLetterOrNumber() && letter != u'-' && letter != u'.')
            letter = u'-';
    dialog->selectFile(file.left(80) + u'.' + suffix);
    connect(dialog, &QFileDialog::fileSelected, this, std::move(then));
    dialog->open();
}

void SessionExporter::exportRows(sessions::ListKind kind, sessions::ListFormat format) {
    sessions::ListReport list;
    list.kind = kind;
    list.format = format;
    const bool listed = kind == sessions::ListKind::Sessions;
    const Subject subject = m_subject();
    if (listed) {
        list.filter = subject.listed.filter;
        list.order = subject.listed.order;
    } else if (subject.session.empty()) {
        return;
    } else {
        list.filter.session = subject.session;
    }
    const QString what = listed                              ? QStringLiteral("sessions")
                         : kind == sessions::ListKind::Turns ? QStringLiteral("turns")
                                                             : QStringLiteral("requests");
    const QString name = listed ? what : subject.title.left(60) + u'-' + what;
    chooseFile(name, format == sessions::ListFormat::Csv ? QStringLiteral("csv") : QStringLiteral("json"),
               [this, list](const QString& file) {
                   m_store.exportList(this, list, std::filesystem::path(file.toStdString()), telling(file));
               });
}

void SessionExporter::exportPicture() {
    const Subject subject = m_subject();
    if (subject.session.empty())
        return;
    const QPixmap chart = subject.chart();
    const QFont title = Theme::sectionTitleFont();
    const int line = QFontMetrics(title).height() + Theme::padding;
    QImage picture(QSize(chart.width(), chart.height() + static_cast<int>(line * chart.devicePixelRatio())),
                   QImage::Format_RGB32);
    picture.setDevicePixelRatio(chart.devicePixelRatio());
    picture.fill(m_theme.colour(Theme::Role::Surface));
    QPainter painter(&picture);
    painter.setPen(m_theme.colour(Theme::Role::Text));
    painter.setFont(title);
    const int width = static_cast<int>(chart.width() / chart.devicePixelRatio());
    const QString words = subject.title + QStringLiteral(" · ") + subject.facts;
    painter.drawText(QRect(Theme::padding, 0, width - 2 * Theme::padding, line), Qt::AlignVCenter,
                     QFontMetrics(title).elidedText(words, Qt::ElideRight, width - 2 * Theme::padding));
    painter.drawPixmap(0, line, chart);
    painter.end();
    chooseFile(subject.title.left(60), QStringLiteral("png"), [this, picture](const QString& file) {
        const auto encode = [picture] {
            QByteArray bytes;
            QBuffer buffer(&bytes);
            buffer.open(QIODevice::WriteOnly);
            picture.save(&buffer, "PNG");
            return bytes.toStdString();
        };
        m_store.exportBytes(this, encode, std::filesystem::path(file.toStdString()), telling(file));
    });
}

StoreWorker::Then<std::int64_t> SessionExporter::telling(const QString& file) {
    return [this, file](const Result<std::int64_t>& bytes) {
        if (bytes)
            Q_EMIT told(true, tr("Written to %1.").arg(file));
        else
            Q_EMIT told(
                false,
                tr("%1 could not be written. %2").arg(file, QString::fromStdString(bytes.error().message)));
    };
}

} // namespace tierdeck::ui
