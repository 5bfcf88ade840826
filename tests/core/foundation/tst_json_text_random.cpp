#include "core/foundation/json_text.h"
#include "tests/core/foundation/random_json.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

using namespace tierdeck;
using nlohmann::json;

namespace {

constexpr int documents = 4000;

struct Place {
    std::string pointer;
    const json* value = nullptr;
};

void collect(const json& value, const std::string& pointer, std::vector<Place>& places) {
    places.push_back({pointer, &value});
    if (value.is_object()) {
        for (const auto& [key, member] : value.items())
            collect(member, pointer + "/" + escapePointerToken(key), places);
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i)
            collect(value[i], pointer + "/" + std::to_string(i), places);
    }
}

std::vector<Place> placesOf(const json& document) {
    std::vector<Place> places;
    collect(document, "", places);
    return places;
}

std::string told(int seed, const std::string& before, const std::string& pointer,
                 const std::string& after = {}) {
    return "seed " + std::to_string(seed) + ", pointer '" + pointer + "'\n" + before + "\n=>\n" + after;
}

} // namespace

/// nlohmann reads what we wrote and says whether only the path in question differs. Every failure names its
/// seed.
class TestJsonTextRandom : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyPlaceIsFound() {
        for (int seed = 0; seed < documents; ++seed) {
            const std::string text = RandomJson(static_cast<std::uint64_t>(seed)).document();
            const json tree = json::parse(text);
            const auto document = JsonText::parse(text);
            QVERIFY2(document, told(seed, text, "").c_str());
            for (const auto& place : placesOf(tree)) {
                const auto value = document->value(place.pointer);
                QVERIFY2(value, told(seed, text, place.pointer).c_str());
                QVERIFY2(json::parse(*value) == *place.value, told(seed, text, place.pointer).c_str());
                if (place.value->is_object()) {
                    auto keys = document->keys(place.pointer);
                    QCOMPARE(keys.size(), place.value->size());
                    std::sort(keys.begin(), keys.end());
                    std::size_t i = 0;
                    for (const auto& item : place.value->items()) // in the order of the keys
                        QVERIFY2(keys[i++] == item.key(), told(seed, text, place.pointer).c_str());
                }
            }
        }
    }

    void replacingChangesOnlyThatValuesBytes() {
        for (int seed = 0; seed < documents; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed));
            const std::string text = random.document();
            json expected = json::parse(text);
            const auto places = placesOf(expected);
            const std::string pointer = places[random.below(places.size())].pointer;
            const std::string value = random.value();

            auto document = JsonText::parse(text).value();
            const auto span = document.find(pointer);
            QVERIFY2(span, told(seed, text, pointer).c_str());
            const auto edit = document.set(pointer, value);
            QVERIFY2(edit, told(seed, text, pointer).c_str());
            QVERIFY2(document.text() == text.substr(0, span->begin) + value + text.substr(span->end),
                     told(seed, text, pointer, document.text()).c_str());
            expected[json::json_pointer(pointer)] = json::parse(value);
            QVERIFY2(json::parse(document.text()) == expected,
                     told(seed, text, pointer, document.text()).c_str());
            QVERIFY(document.apply(edit->inverse()));
            QVERIFY2(document.text() == text, told(seed, text, pointer, document.text()).c_str());
        }
    }

    void aNewMemberGoesWithoutATrace() {
        for (int seed = 0; seed < documents; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed));
            const std::string text = random.document();
            json expected = json::parse(text);
            auto places = placesOf(expected);
            std::erase_if(places, [](const Place& place) { return !place.value->is_structured(); });
            const Place& parent = places[random.below(places.size())];
            const bool isArray = parent.value->is_array();
            const std::string key = isArray ? "-" : "new " + random.key();
            const std::string pointer = parent.pointer + "/" + escapePointerToken(key);
            const std::string added =
                isArray ? parent.pointer + "/" + std::to_string(parent.value->size()) : pointer;
            const std::string value = random.value();

            auto document = JsonText::parse(text).value();
            const auto edit = document.set(pointer, value);
            QVERIFY2(edit, told(seed, text, pointer).c_str());
            const std::string after = document.text();
            expected[json::json_pointer(pointer)] = json::parse(value);
            QVERIFY2(json::parse(after) == expected, told(seed, text, pointer, after).c_str());
            QVERIFY2(JsonText::parse(after), told(seed, text, pointer, after).c_str());
            QVERIFY2(document.value(added) == value, told(seed, text, pointer, after).c_str());
            const bool hasCrLf = text.find("\r\n") != std::string::npos;
            const bool hasLf = std::adjacent_find(text.begin(), text.end(), [](char a, char b) {
                                   return a != '\r' && b == '\n';
                               }) != text.end();
            if (hasCrLf && !hasLf) {
                const auto strayed = std::adjacent_find(
                    after.begin(), after.end(), [](char a, char b) { return a != '\r' && b == '\n'; });
                QVERIFY2(strayed == after.end(), told(seed, text, pointer, after).c_str());
            }

            // Another process knows nothing but the text.
            auto elsewhere = JsonText::parse(after).value();
            const auto removed = elsewhere.remove(added);
            QVERIFY2(removed, told(seed, text, pointer, after).c_str());
            QVERIFY2(elsewhere.text() == text,
                     (told(seed, text, pointer, after) + "\n=>\n" + elsewhere.text()).c_str());
            QVERIFY(elsewhere.apply(removed->inverse()));
            QVERIFY2(elsewhere.text() == after, told(seed, text, pointer, after).c_str());
            QVERIFY(document.apply(edit->inverse()));
            QVERIFY2(document.text() == text, told(seed, text, pointer, after).c_str());
        }
    }

    void missingParentsComeInOneMember() {
        for (int seed = 0; seed < documents; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed));
            const std::string text = random.document();
            json expected = json::parse(text);
            auto places = placesOf(expected);
            std::erase_if(places, [](const Place& place) { return !place.value->is_object(); });
            const std::string parent = places[random.below(places.size())].pointer;
            const std::string pointer =
                parent + "/new parent/" + escapePointerToken("x" + random.key()) + "/z";
            const std::string value = random.value();

            auto document = JsonText::parse(text).value();
            const auto edit = document.set(pointer, value);
            QVERIFY2(edit, told(seed, text, pointer).c_str());
            expected[json::json_pointer(pointer)] = json::parse(value);
            QVERIFY2(json::parse(document.text()) == expected,
                     told(seed, text, pointer, document.text()).c_str());
            QVERIFY(document.remove(parent + "/new parent"));
            QVERIFY2(document.text() == text, told(seed, text, pointer, document.text()).c_str());
        }
    }

    void removingTakesAwayOnlyThatMember() {
        for (int seed = 0; seed < documents; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed));
            const std::string text = random.document();
            json expected = json::parse(text);
            const auto places = placesOf(expected);
            if (places.size() < 2)
                continue;
            const std::string pointer = places[1 + random.below(places.size() - 1)].pointer;

            auto document = JsonText::parse(text).value();
            const auto edit = document.remove(pointer);
            QVERIFY2(edit, told(seed, text, pointer).c_str());
            json patch = json::array({{{"op", "remove"}, {"path", pointer}}});
            expected = expected.patch(patch);
            QVERIFY2(json::parse(document.text()) == expected,
                     told(seed, text, pointer, document.text()).c_str());
            QVERIFY2(JsonText::parse(document.text()), told(seed, text, pointer, document.text()).c_str());
            QVERIFY(document.apply(edit->inverse()));
            QVERIFY2(document.text() == text, told(seed, text, pointer, document.text()).c_str());
        }
    }

    void longHistoriesUndoStepByStep() {
        for (int seed = 0; seed < 200; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed) + 1'000'000);
            auto document = JsonText::parse(random.document()).value();
            std::vector<std::string> texts;
            std::vector<TextEdit> edits;
            for (int step = 0; step < 30; ++step) {
                texts.push_back(document.text());
                const json tree = json::parse(document.text());
                const auto places = placesOf(tree);
                const Place& place = places[random.below(places.size())];
                Result<TextEdit> edit;
                if (place.value->is_object() && random.oneIn(2))
                    edit =
                        document.set(place.pointer + "/" + escapePointerToken(random.key()), random.value());
                else if (!place.pointer.empty() && random.oneIn(2))
                    edit = document.remove(place.pointer);
                else if (!place.pointer.empty())
                    edit = document.set(place.pointer, random.value());
                else
                    edit = document.set("/top", random.value());
                QVERIFY2(edit, told(seed, texts.back(), place.pointer).c_str());
                edits.push_back(*edit);
                QVERIFY2(JsonText::parse(document.text()),
                         told(seed, texts.back(), place.pointer, document.text()).c_str());
            }
            const std::string final = document.text();
            while (!edits.empty()) {
                QVERIFY(document.apply(edits.back().inverse()));
                QVERIFY2(document.text() == texts.back(), told(seed, texts.back(), "").c_str());
                edits.pop_back();
                texts.pop_back();
            }
        }
    }

    void acceptsExactlyWhatNlohmannAccepts() {
        int refused = 0;
        for (int seed = 0; seed < 20000; ++seed) {
            RandomJson random(static_cast<std::uint64_t>(seed));
            std::string text = random.document();
            for (std::size_t changes = 1 + random.below(3); changes > 0; --changes) {
                constexpr std::string_view likely = "{}[]\",:\\/u0-+.e1 \ntfn\x80\xC3\xED\x01'";
                const std::size_t at = random.below(text.size());
                const char c = likely[random.below(likely.size())];
                switch (random.below(3)) {
                case 0:
                    text[at] = c;
                    break;
                case 1:
                    text.insert(at, 1, c);
                    break;
                default:
                    text.erase(at, 1);
                }
                if (text.empty())
                    text = " ";
            }
            bool expected = true;
            try {
                [[maybe_unused]] const json tree = json::parse(text);
            } catch (const json::out_of_range&) {
                continue; // a number too great for a double is still JSON
            } catch (const json::parse_error&) {
                expected = false;
            }
            refused += expected ? 0 : 1;
            QVERIFY2(JsonText::parse(text).has_value() == expected, told(seed, text, "").c_str());
        }
        QVERIFY(refused > 5000);
    }
};

QTEST_APPLESS_MAIN(TestJsonTextRandom)
#include "tst_json_text_random.moc"
