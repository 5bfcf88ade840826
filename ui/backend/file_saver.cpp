#include "ui/backend/file_saver.h"

#include <QCoreApplication>
#include <QPointer>
#include <QSaveFile>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace tierdeck::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(FileSaver)
};

/// Stands for the asker on its own thread: only there may it be looked at.
struct Answer {
    QPointer<QObject> context;
    std::function<void(const QString&)> then;
};

QString write(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return Words::tr("%1 cannot be written: %2.").arg(path, file.errorString());
    return {};
}

} // namespace

void saveFile(QObject* context, const QString& path, std::function<QByteArray()> bytes,
              std::function<void(const QString& problem)> then) {
    auto answer = std::make_shared<Answer>(Answer{context, std::move(then)});
    QThreadPool::globalInstance()->start(
        [path, bytes = std::move(bytes), answer = std::move(answer)]() mutable {
            const QString problem = write(path, bytes());
            QMetaObject::invokeMethod(
                QCoreApplication::instance(),
                [answer = std::move(answer), problem] {
                    if (answer->context)
                        answer->then(problem);
                },
                Qt::QueuedConnection);
        });
}

} // namespace tierdeck::ui
