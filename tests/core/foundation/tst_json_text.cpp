#include "core/foundation/json_text.h"
#include "core/foundation/json_validator.h"

#include <QTest>

using namespace tierdeck;

Q_DECLARE_METATYPE(std::string)

namespace {

/// The sample of the preferences contract, to the byte.
constexpr const char* sample = R"({
"modelRouter": {
"routingModel": "openai/gpt-5.2-codex",
"balancedModel": "openai/gpt-5.1",
"smartModel": "anthropic/claude-sonnet-4-20250514",
"codingModel": "openai/gpt-5.2",
"deepModel": "anthropic/claude-opus-4-20250514",
"dynamicTierEnabled": true,
"temperature": 0.7
}
}
)";

JsonText parsed(std::string text) {
    auto document = JsonText::parse(std::move(text));
    if (!document)
        qFatal("%s (%s)", document.error().message.c_str(), document.error().detail.c_str());
    return *document;
}

} // namespace

namespace QTest {
template <>
char* toString(const std::string& text) {
    return toString(QByteArray::fromStdString(text));
}
} // namespace QTest

class TestJsonText : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void sampleChangesOnlyWhereItIsEdited() {
        auto document = parsed(sample);
        QCOMPARE(document.text(), std::string(sample));
        const auto edit = document.set("/modelRouter/codingModel", "\"anthropic/claude-sonnet-4-5\"");
        QVERIFY(edit);
        std::string expected = sample;
        const std::string former = "\"openai/gpt-5.2\"";
        const auto at = expected.find(former + ",\n\"deepModel\"");
        expected.replace(at, former.size(), "\"anthropic/claude-sonnet-4-5\"");
        QCOMPARE(document.text(), expected);
        QCOMPARE(edit->offset, at);
        QCOMPARE(edit->removed, former);
        QVERIFY(document.apply(edit->inverse()));
        QCOMPARE(document.text(), std::string(sample));
    }

    void find_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("pointer");
        QTest::addColumn<std::string>("value"); // "-" = nothing is there
        const auto row = [](const char* name, std::string text, const char* pointer, const char* value) {
            QTest::newRow(name) << std::move(text) << std::string(pointer) << std::string(value);
        };
        row("whole document", " [1] \n", "", "[1]");
        row("scalar document", "\xEF\xBB\xBF 42 ", "", "42");
        row("member", R"({"a": {"b": 0.70}})", "/a/b", "0.70");
        row("missing member", R"({"a": {"b": 1}})", "/a/c", "-");
        row("below a scalar", R"({"a": 1})", "/a/b", "-");
        row("element", R"({"a": [10, [20, 30]]})", "/a/1/0", "20");
        row("element past the end", R"([1])", "/1", "-");
        row("append is no place", R"([1])", "/-", "-");
        row("index with a leading zero", R"([1, 2])", "/01", "-");
        row("index too great", R"([1])", "/99999999999999999999999", "-");
        row("object key that looks like an index", R"({"0": "x"})", "/0", "\"x\"");
        row("empty key", R"({"": 5})", "/", "5");
        row("tilde and slash", R"({"a/b": {"m~n": 1}})", "/a~1b/m~0n", "1");
        row("tilde one is not a slash twice", R"({"~1": 1})", "/~01", "1");
        row("wrong escape in the pointer", R"({"~2": 1})", "/~2", "-");
        row("pointer without its slash", R"({"a": 1})", "a", "-");
        row("last duplicate counts", R"({"a": 1, "b": 0, "a": 2})", "/a", "2");
        row("duplicate behind an escape", R"({"a": 1, "\u0061": 2})", "/a", "2");
        row("last duplicate counts on the way", R"({"a": {"b": 1}, "a": {"c": 2}})", "/a/c", "2");
        row("what an earlier duplicate holds is gone", R"({"a": {"b": 1}, "a": {"c": 2}})", "/a/b", "-");
        row("duplicate that became a scalar", R"({"a": {"b": 1}, "a": 7})", "/a/b", "-");
        row("key with escapes", "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\": 1}", "/\"\\~1\b\f\n\r\t", "1");
        row("key with a surrogate pair", R"({"\ud83d\ude00": 1})", "/😀", "1");
        row("key in UTF-8", R"({"größe": 1})", "/größe", "1");
        row("braces in strings", "{\"x\": \"}{]\\\"[\", \"a\": 1}", "/a", "1");
        row("odd space", "{\t\"a\"\r\n:\t[ \n1 , 2\t]\r}", "/a/1", "2");
    }

    void find() {
        QFETCH(std::string, text);
        QFETCH(std::string, pointer);
        QFETCH(std::string, value);
        const auto document = parsed(text);
        const auto found = document.value(pointer);
        QCOMPARE(std::string(found.value_or("-")), value);
    }

    void keysInTheirLastOrder() {
        const auto document = parsed(R"({"b": 1, "a": 2, "\u0062": {"x": 1, "y": 2}, "c": 3})");
        QVERIFY(document.keys("") == (std::vector<std::string>{"a", "b", "c"}));
        QVERIFY(document.keys("/b") == (std::vector<std::string>{"x", "y"}));
        QVERIFY(document.keys("/a").empty());
        QVERIFY(document.keys("/missing").empty());
        QVERIFY(parsed("{ }").keys("").empty());
    }

    void placesAreInLinesAndCharacters() {
        const auto document = parsed("\xEF\xBB\xBF{\r\n  \"größe\": 1,\r\n  \"b\": {\"c\": [\n7]}\r\n}");
        QCOMPARE(document.whereIs(""), std::string("line 1, column 1"));
        QCOMPARE(document.whereIs("/größe"), std::string("line 2, column 12"));
        QCOMPARE(document.whereIs("/b/c/0"), std::string("line 4, column 1"));
        QCOMPARE(document.whereIs("/b/x/y"), std::string("line 3, column 8"));
    }

    void insert_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("pointer");
        QTest::addColumn<std::string>("json");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* name, std::string text, const char* pointer, const char* json,
                            std::string expected) {
            QTest::newRow(name) << std::move(text) << std::string(pointer) << std::string(json)
                                << std::move(expected);
        };
        row("two spaces", "{\n  \"a\": 1\n}\n", "/b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
        row("tabs", "{\n\t\"a\": 1\n}", "/b", "2", "{\n\t\"a\": 1,\n\t\"b\": 2\n}");
        row("CRLF", "{\r\n  \"a\": 1\r\n}\r\n", "/b", "2", "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n");
        row("lone CR", "{\r \"a\": 1\r}", "/b", "2", "{\r \"a\": 1,\r \"b\": 2\r}");
        row("single line", R"({"a": 1})", "/b", "2", R"({"a": 1, "b": 2})");
        row("single line, compact", R"({"a":1})", "/b", "2", R"({"a":1,"b":2})");
        row("single line, wide", R"({ "a" : 1 })", "/b", "2", R"({ "a" : 1, "b" : 2 })");
        row("commas first", "{ \"a\": 1\n, \"b\": 2\n}", "/c", "3", "{ \"a\": 1\n, \"b\": 2\n, \"c\": 3\n}");
        row("blank lines are not copied", "{\n\n  \"a\": 1,\n\n  \"b\": 2\n}", "/c", "3",
            "{\n\n  \"a\": 1,\n\n  \"b\": 2,\n  \"c\": 3\n}");
        row("empty document", "{}", "/a", "1", "{\n  \"a\": 1\n}");
        row("empty document with CRLF", "{}\r\n", "/a", "1", "{\r\n  \"a\": 1\r\n}\r\n");
        row("empty with a space", "{ }", "/a", "1", "{ \"a\": 1 }");
        row("empty over two lines", "{\n}", "/a", "1", "{\n\n  \"a\": 1\n}");
        row("empty inside lines", "{\n    \"x\": {}\n}", "/x/a", "1",
            "{\n    \"x\": {\n        \"a\": 1\n    }\n}");
        row("empty inside one line", R"({"x": {}, "y": 1})", "/x/a", "1", R"({"x": {"a": 1}, "y": 1})");
        row("parents", "{\n  \"x\": 1\n}", "/t/b/model", "\"m\"",
            "{\n  \"x\": 1,\n  \"t\": {\n    \"b\": {\n      \"model\": \"m\"\n    }\n  }\n}");
        row("parents in one line", R"({"x":1})", "/t/b", "2", R"({"x":1,"t":{"b":2}})");
        row("parents without indentation", "{\n\"r\": {\n\"a\": 1\n}\n}", "/r/t/b", "2",
            "{\n\"r\": {\n\"a\": 1,\n\"t\": {\n\"b\": 2\n}\n}\n}");
        row("parent array", "{\n  \"x\": 1\n}", "/rules/-", "{}",
            "{\n  \"x\": 1,\n  \"rules\": [\n    {}\n  ]\n}");
        row("append", "[\n  1\n]", "/-", "2", "[\n  1,\n  2\n]");
        row("append by index", "[1, 2]", "/2", "3", "[1, 2, 3]");
        row("append to one", "{\"a\": [1]}", "/a/-", "2", "{\"a\": [1, 2]}");
        row("append to one, compact", "{\"a\":[1]}", "/a/-", "2", "{\"a\":[1,2]}");
        row("append to none", "{\"a\": []}", "/a/-", "2", "{\"a\": [2]}");
        row("key that needs escapes", "{\"a\":1}", "/q\"\n~1~0", "2", "{\"a\":1,\"q\\\"\\n/~\":2}");
        row("space around the value is not kept", "{\"a\":1}", "/a", " \n2\t", "{\"a\":2}");
        row("only the last duplicate", R"({"a": 1, "a": 2})", "/a", "3", R"({"a": 1, "a": 3})");
        row("whole document", "\xEF\xBB\xBF 1 \n", "", "[2]", "\xEF\xBB\xBF [2] \n");
    }

    void insert() {
        QFETCH(std::string, text);
        QFETCH(std::string, pointer);
        QFETCH(std::string, json);
        QFETCH(std::string, expected);
        auto document = parsed(text);
        const auto edit = document.set(pointer, json);
        QVERIFY2(edit, edit ? "" : edit.error().message.c_str());
        QCOMPARE(document.text(), expected);
        QVERIFY(JsonText::parse(document.text()));
        QVERIFY(document.apply(edit->inverse()));
        QCOMPARE(document.text(), text);
    }

    void remove_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("pointer");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* name, const char* text, const char* pointer, const char* expected) {
            QTest::newRow(name) << std::string(text) << std::string(pointer) << std::string(expected);
        };
        row("first", "{\n  \"a\": 1,\n  \"b\": 2\n}", "/a", "{\n  \"b\": 2\n}");
        row("middle", "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}", "/b", "{\n  \"a\": 1,\n  \"c\": 3\n}");
        row("last", "{\n  \"a\": 1,\n  \"b\": 2\n}", "/b", "{\n  \"a\": 1\n}");
        row("only one", "{\n  \"a\": 1\n}", "/a", "{}");
        row("only one in a line", "{ \"a\": 1 }", "/a", "{ }");
        row("element", "[1, 2, 3]", "/1", "[1, 3]");
        row("first element", "[1, 2, 3]", "/0", "[2, 3]");
        row("only element", "[\n  1\n]", "/0", "[]");
        row("all duplicates, or it would still be set", R"({"a": 1, "b": 2, "a": 3})", "/a", R"({"b": 2})");
        row("nothing but duplicates", R"({"a": 1, "a": 2, "\u0061": 3})", "/a", "{}");
    }

    void remove() {
        QFETCH(std::string, text);
        QFETCH(std::string, pointer);
        QFETCH(std::string, expected);
        auto document = parsed(text);
        const auto edit = document.remove(pointer);
        QVERIFY2(edit, edit ? "" : edit.error().message.c_str());
        QCOMPARE(document.text(), expected);
        QVERIFY(!document.find(pointer) || pointer.find_first_of("01") != std::string::npos);
        QVERIFY(document.apply(edit->inverse()));
        QCOMPARE(document.text(), text);
    }

    void refusedEditsChangeNothing_data() {
        QTest::addColumn<std::string>("pointer");
        QTest::addColumn<std::string>("json");
        const auto row = [](const char* name, std::string pointer, std::string json) {
            QTest::newRow(name) << std::move(pointer) << std::move(json);
        };
        row("no pointer", "a", "1");
        row("wrong escape", "/a~", "1");
        row("pointer that is not UTF-8", "/\xFF", "1");
        row("value that is not JSON", "/a", "openai/gpt-5.2");
        row("value with a comma", "/a", "1, \"b\": 2");
        row("no value", "/a", "  ");
        row("value with a BOM", "/a",
            "\xEF\xBB\xBF"
            "1");
        row("value that is not UTF-8", "/a", "\"\xC3\x28\"");
        row("below a scalar", "/a/b", "1");
        row("past the end", "/list/3", "1");
        row("no index", "/list/x", "1");
        row("leading zero", "/list/00", "1");
        row("too deep", "/list/-", std::string(511, '[') + std::string(511, ']'));
    }

    void refusedEditsChangeNothing() {
        QFETCH(std::string, pointer);
        QFETCH(std::string, json);
        const std::string text = R"({"a": 1, "list": [1, 2]})";
        auto document = parsed(text);
        const auto edit = document.set(pointer, json);
        QVERIFY(!edit);
        QVERIFY(edit.error().code == ErrorCode::InvalidInput);
        QVERIFY(edit.error().message.ends_with('.'));
        QCOMPARE(document.text(), text);
    }

    void removingWhatIsNotThere() {
        auto document = parsed(R"({"a": [1]})");
        QVERIFY(document.remove("/b").error().code == ErrorCode::NotFound);
        QVERIFY(document.remove("/a/1").error().code == ErrorCode::NotFound);
        QVERIFY(document.remove("/a/-").error().code == ErrorCode::NotFound);
        QVERIFY(document.remove("").error().code == ErrorCode::InvalidInput);
        QCOMPARE(document.text(), std::string(R"({"a": [1]})"));
    }

    void anEditThatNoLongerFitsIsAConflict() {
        auto document = parsed(R"({"a": 1, "b": 2})");
        const auto edit = document.set("/a", "100").value();
        QVERIFY(document.set("/a", "5"));
        const std::string text = document.text();
        QVERIFY(document.apply(edit.inverse()).error().code == ErrorCode::Conflict);
        QCOMPARE(document.text(), text);
        // Pure insertions match any text, but would break it.
        QVERIFY(document.apply({3, "", ", \"c\": 1"}).error().code == ErrorCode::Conflict);
        QVERIFY(document.apply({1000, "", "x"}).error().code == ErrorCode::Conflict);
        QCOMPARE(document.text(), text);
    }

    void malformed_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("where");
        const auto row = [](std::string text, const char* where) {
            QTest::addRow("%s", QByteArray::fromStdString(text).toPercentEncoding(" {}[]\":,/").constData())
                << std::move(text) << std::string(where);
        };
        row("", "line 1, column 1");
        row("  \n ", "line 2, column 2");
        row("\xEF\xBB\xBF", "line 1, column 1");
        row("{", "line 1, column 2");
        row("{\"a\": 1", "line 1, column 8");
        row("[1, 2", "line 1, column 6");
        row("{\"a\": 1,}", "line 1, column 8");
        row("[1,]", "line 1, column 3");
        row("[,1]", "line 1, column 2");
        row("{\"a\" 1}", "line 1, column 6");
        row("{\"a\":}", "line 1, column 6");
        row("{a: 1}", "line 1, column 2");
        row("{'a': 1}", "line 1, column 2");
        row("{1: 1}", "line 1, column 2");
        row("[1 2]", "line 1, column 4");
        row("{\"a\": 1 \"b\": 2}", "line 1, column 9");
        row("[1}", "line 1, column 3");
        row("{\"a\": 1]", "line 1, column 8");
        row("{} {}", "line 1, column 4");
        row("1,", "line 1, column 2");
        row("{\n  // note\n  \"a\": 1\n}", "line 2, column 3");
        row("{\"a\": /* x */ 1}", "line 1, column 7");
        row("{\r\n  \"a\": 1,\r\n  \"b\": tru\r\n}", "line 3, column 8");
        row("{\r  \"a\": x}", "line 2, column 8");
        row("{\"größe\": x}", "line 1, column 11");
        row("\"abc", "line 1, column 1");
        row("[\"a\nb\"]", "line 1, column 2");
        row("[\"a\tb\"]", "line 1, column 4");
        row("[\"\\x\"]", "line 1, column 3");
        row("[\"\\u12G4\"]", "line 1, column 3");
        row("[\"\\ud800\"]", "line 1, column 3");
        row("[\"\\udc00\"]", "line 1, column 3");
        row("[\"\\ud800\\u0041\"]", "line 1, column 3");
        row("[\"\\", "line 1, column 2");
        row("[\"\xFF\"]", "line 1, column 3");
        row("[\"\xC0\xAF\"]", "line 1, column 3");
        row("[\"\xED\xA0\x80\"]", "line 1, column 3");
        row("[\"\xF5\x80\x80\x80\"]", "line 1, column 3");
        row("[\"\xE2\x82\"]", "line 1, column 3");
        row("\xFF\xFE{\0}\0", "line 1, column 1");
        row(std::string("[1]\0", 4), "line 1, column 4");
        row("[01]", "line 1, column 2");
        row("[-]", "line 1, column 2");
        row("[+1]", "line 1, column 2");
        row("[.5]", "line 1, column 2");
        row("[1.]", "line 1, column 2");
        row("[1e]", "line 1, column 2");
        row("[1e+]", "line 1, column 2");
        row("[0x10]", "line 1, column 3");
        row("[NaN]", "line 1, column 2");
        row("[True]", "line 1, column 2");
        row("[nul]", "line 1, column 2");
        row("[truer]", "line 1, column 6");
    }

    void malformed() {
        QFETCH(std::string, text);
        QFETCH(std::string, where);
        const auto document = JsonText::parse(text);
        QVERIFY(!document);
        QVERIFY(document.error().code == ErrorCode::ParseFailed);
        QCOMPARE(document.error().detail, where);
        QVERIFY(document.error().message.starts_with("This is not valid JSON: "));
        QVERIFY(document.error().message.ends_with('.'));
    }

    void odditiesThatAreJson_data() {
        QTest::addColumn<std::string>("text");
        for (const char* text :
             {"0", "-0", "-0.0e-00", "1E400", "123456789012345678901234567890", "\"\\u0000\"", "\"\x7F\"",
              "\"\\ud83d\\ude00\"", "\"\xF4\x8F\xBF\xBF\"", "null", "[]", "{}", " [ ] ", "{\"a\":1,\"a\":2}",
              "\"\xE2\x80\xA8\"", "\xEF\xBB\xBF\r\n{}\t"})
            QTest::newRow(text) << std::string(text);
    }

    void odditiesThatAreJson() {
        QFETCH(std::string, text);
        const auto document = JsonText::parse(text);
        QVERIFY(document);
        QCOMPARE(document->text(), text);
    }

    void deepNestingIsRefusedNotCrashedOn() {
        for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
            const auto nested = [&](std::size_t depth) {
                std::string text;
                for (std::size_t i = 0; i < depth; ++i)
                    text += open;
                text += "1";
                for (std::size_t i = 0; i < depth; ++i)
                    text += close;
                return text;
            };
            QVERIFY(JsonText::parse(nested(deepestJson)));
            QVERIFY(!JsonText::parse(nested(deepestJson + 1)));
            QVERIFY(!JsonText::parse(nested(2'000'000)));

            std::string pointer;
            for (std::size_t i = 0; i < deepestJson; ++i)
                pointer += *open == '[' ? "/0" : "/a";
            auto document = parsed(nested(deepestJson));
            QCOMPARE(std::string(document.value(pointer).value()), std::string("1"));
            QVERIFY(document.set(pointer, "2"));
            QVERIFY(!document.set(pointer, "[]"));
            QVERIFY(!parsed("{}").set(pointer + "/b", "1"));
        }
        QVERIFY(!JsonText::parse(std::string(3'000'000, '[')));
    }

    void hugeStrings() {
        const std::string huge = "\"" + std::string(20'000'000, 'x') + "\"";
        auto document = parsed("{\"a\": " + huge + ", \"b\": 1}");
        QCOMPARE(document.value("/a")->size(), huge.size());
        const auto edit = document.set("/b", huge);
        QVERIFY(edit);
        QCOMPARE(document.value("/b")->size(), huge.size());
        QVERIFY(document.apply(edit->inverse()));
        QCOMPARE(std::string(document.value("/b").value()), std::string("1"));
    }

    void quoting() {
        QCOMPARE(jsonQuoted("a\"b\\c/\b\f\n\r\t\x01\x7F é"),
                 std::string("\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\x7F é\""));
        QCOMPARE(jsonQuoted("\xFF\xE2\x82x"), std::string("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\""));
        QCOMPARE(jsonQuoted(std::string_view("\0", 1)), std::string("\"\\u0000\""));
        // Wherever it stands in plain text.
        const std::string plain = "gpt-5.2 reads the header";
        QCOMPARE(jsonQuoted(plain), '"' + plain + '"');
        for (std::size_t at = 0; at <= plain.size(); ++at) {
            for (const auto& [one, escaped] : {std::pair<std::string, std::string>{"\"", "\\\""},
                                               {"\n", "\\n"},
                                               {"\x1f", "\\u001f"},
                                               {"\xC3\xA9", "\xC3\xA9"}})
                QCOMPARE(jsonQuoted(std::string(plain).insert(at, one)),
                         '"' + std::string(plain).insert(at, escaped) + '"');
        }
        QCOMPARE(escapePointerToken("a/b~c"), std::string("a~1b~0c"));
    }
};

QTEST_APPLESS_MAIN(TestJsonText)
#include "tst_json_text.moc"
