// Writes what a page exports, away from the GUI thread: making the bytes may take a while, too. GUI thread.
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

#include <functional>

namespace tierdeck::ui {

/// `bytes` is called in another thread; `then` on this one, with what went wrong ("" for nothing), unless
/// `context` is gone by then. The file is replaced whole or not at all.
void saveFile(QObject* context, const QString& path, std::function<QByteArray()> bytes,
              std::function<void(const QString& problem)> then);

} // namespace tierdeck::ui
