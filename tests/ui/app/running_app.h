// The app on a workspace of its own with some history, for tests of the whole window. GUI tests only.
#pragma once

#include "app/composition_root.h"
#include "core/preferences/first_setup.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/shell/main_window.h"
#include "ui/shell/page.h"

#include <QApplication>
#include <QTemporaryDir>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace tierdeck::testing {

class NoSecrets final : public SecretSource {
public:
    [[nodiscard]] Result<std::string> fromEnvironment(const std::string&) const override { return none(); }

    [[nodiscard]] Result<std::string> fromKeychain(const std::string&) const override { return none(); }

    [[nodiscard]] Result<std::string> fromFile(const std::string&) const override { return none(); }

private:
    static Result<std::string> none() { return failure(ErrorCode::NotFound, "There is none."); }
};

struct RunningApp {
    QTemporaryDir folder;
    Workspace workspace{folder.path().toStdString()};
    std::unique_ptr<app::CompositionRoot> root;

    explicit RunningApp(std::int64_t requests = 400, int days = 2) {
        (void)preferences::initialiseWorkspace(workspace, NoSecrets(), {});
        sessions::StoreOptions options;
        options.file = workspace.storeFile();
        options.unsavedFile = workspace.unsavedFile();
        auto store = sessions::SessionStore::open(options);
        GeneratorOptions wanted;
        wanted.requests = requests;
        wanted.end = SystemClock().now();
        wanted.days = days;
        for (routing::RequestRecord& record : RecordGenerator(wanted).all())
            (*store)->record(std::move(record), [](const Result<void>&) {});
        store->reset();
        app::AppOptions appOptions;
        appOptions.workspace = workspace;
        appOptions.pictures = true; // no settings of whoever runs the test, and no port is opened
        root = std::make_unique<app::CompositionRoot>(appOptions);
        root->window().show();
        QApplication::setActiveWindow(&root->window());
    }

    [[nodiscard]] ui::MainWindow& window() const { return root->window(); }

    [[nodiscard]] bool isReady() const {
        const auto& pages = window().pages();
        return std::all_of(pages.begin(), pages.end(), [](const ui::Page* page) { return page->isReady(); });
    }
};

} // namespace tierdeck::testing
