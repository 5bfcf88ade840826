// The words of the interface: English with its plural forms, and over it the user's language where there is
// one. GUI thread; called once by main.
#pragma once

class QCoreApplication;

namespace tierdeck::ui {

/// Installs translators that live as long as the application.
void installLanguage(QCoreApplication& application);

} // namespace tierdeck::ui
