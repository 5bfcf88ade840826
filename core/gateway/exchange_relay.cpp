#include "core/gateway/exchange.h"
#include "core/gateway/http/retry_after.h"
#include "core/gateway/wire/request_translation.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

// How replies reach the client: whole, as streams, and from one form to the other.

namespace tierdeck::gateway {

namespace {

constexpr std::string_view jsonType = "application/json";
constexpr std::size_t maxReplyBytes = 64u << 20;
constexpr std::size_t usualReplyBytes = 256u << 10; ///< room made for a reply before it has come
constexpr std::size_t maxRefusalBytes = 16u << 20;
constexpr std::string_view noReply = "the reply is none of the provider's kind";
constexpr std::string_view noStream = "the stream is none of the provider's kind";
constexpr std::string_view noEnd = "the stream ended before its end";

bool isRetried(int status) {
    return status == 408 || status == 409 || status == 429 || status >= 500;
}

bool isNextModels(int status) {
    return status == 401 || status == 402 || status == 403 || status == 404;
}

/// What the provider says in its headers to the client.
void addPassed(http::HeaderLines& headers, const http::Head& upstream) {
    const http::HopHeaders hop(upstream);
    for (const auto& header : upstream.headers) {
        if (!hop.has(header.name) && header.name != "content-length" && header.name != "set-cookie" &&
            header.name != "alt-svc" && !header.name.starts_with("x-tierdeck-"))
            headers.add(header);
    }
}

} // namespace

http::HeaderLines Exchange::replyHeaders(const http::Head& upstream) const {
    auto headers = ownHeaders();
    addPassed(headers, upstream);
    return headers;
}

Exchange::Outcome Exchange::objection(const wire::ReplyFacts& facts, int httpStatus) const {
    if (facts.hasContent)
        return nullptr;
    if (!facts.errorCode.empty()) {
        auto error = failed("error_" + facts.errorCode);
        error->httpStatus = httpStatus;
        error->next = Setback::Next::TryAgain;
        return error;
    }
    const bool declined =
        facts.stop == wire::StopReason::ContentFilter || facts.stop == wire::StopReason::Refusal;
    if (!declined || errorFallbacks(wire::ErrorKind::ContentPolicy).attempts.empty())
        return nullptr;
    auto refusal = failed(facts.finishReason);
    refusal->httpStatus = httpStatus;
    refusal->kind = wire::ErrorKind::ContentPolicy;
    refusal->next = Setback::Next::Give;
    return refusal;
}

asio::awaitable<Exchange::Outcome> Exchange::relay(ProviderCall& call) {
    const auto& head = call.http().head();
    if (head.status >= 300)
        return takeRefusal(call);
    if (!head.find("content-type").starts_with("text/event-stream"))
        return relayWhole(call);
    return m_scanned.stream ? relayStream(call) : relayGathered(call);
}

asio::awaitable<Exchange::Outcome> Exchange::takeRefusal(ProviderCall& call) {
    const auto& head = call.http().head();
    auto outcome = failed("http_" + std::to_string(head.status));
    auto& refusal = *outcome;
    refusal.httpStatus = head.status;
    refusal.dialect = call.dialect();
    if (call.dialect() == m_dialect) {
        addPassed(refusal.headers, head);
    } else {
        refusal.headers.add("content-type", jsonType);
        for (const std::string_view name : {"retry-after", "retry-after-ms"}) {
            if (head.has(name))
                refusal.headers.add(name, head.find(name));
        }
    }
    while (refusal.body.size() < maxRefusalBytes) {
        const auto more = co_await call.http().read(refusal.body);
        if (!more || !*more)
            break;
    }
    refusal.retryAfter = http::retryAfter(head, refusal.body, now());
    refusal.next = isRetried(refusal.httpStatus)      ? Setback::Next::TryAgain
                   : isNextModels(refusal.httpStatus) ? Setback::Next::NextModel
                                                      : Setback::Next::Give;
    if (refusal.httpStatus < 400) { // a redirect: the key goes to that provider's host only
        refusal.next = Setback::Next::NextModel;
        refusal.detail = "the provider redirects; set its baseUrl to where it is";
    } else if (refusal.next == Setback::Next::Give) {
        refusal.kind = wire::classifyError(refusal.body);
    }
    co_return outcome;
}

http::Answer Exchange::wholeReply(ProviderCall& call, const wire::ReplyFacts& facts, std::string body,
                                  bool isTranslated) {
    takeFacts(facts);
    m_record.firstByteMs = elapsedMs();
    remember(call, body);
    http::Answer reply;
    reply.status = call.http().head().status;
    reply.headers = isTranslated ? ownHeaders() : replyHeaders(call.http().head());
    if (isTranslated)
        reply.headers.add("content-type", jsonType);
    reply.body = std::move(body);
    return reply;
}

asio::awaitable<Exchange::Outcome> Exchange::relayWhole(ProviderCall& call) {
    std::string body;
    if (const auto& framing = call.http().head().framing; framing.kind == http::Framing::Kind::Length)
        body.reserve(std::min<std::size_t>(framing.length, usualReplyBytes) + wire::bodyPadding);
    while (true) {
        auto more = call.http().readAtOnce(body);
        if (!more)
            more = co_await call.http().read(body);
        if (!more->has_value())
            co_return failed(more->error());
        if (!more->value() || body.size() > maxReplyBytes)
            break;
    }
    body.reserve(body.size() + wire::bodyPadding);
    if (m_scanned.stream) // some providers do not stream every model
        co_return co_await streamWhole(call, body);
    http::Answer reply;
    if (auto outcome = readWhole(call, std::move(body), reply))
        co_return outcome;
    co_await finishRecord("ok", reply.status);
    co_await m_responder->reply(reply);
    co_return nullptr;
}

Exchange::Outcome Exchange::readWhole(ProviderCall& call, std::string body, http::Answer& reply) {
    const int status = call.http().head().status;
    if (call.dialect() == m_dialect) {
        const auto facts = wire::readReplyFacts(m_dialect, body);
        if (!facts)
            return rubbish(status, noReply);
        if (auto outcome = objection(*facts, status))
            return outcome;
        reply = wholeReply(call, *facts, std::move(body), false);
        return nullptr;
    }
    auto translated = wire::translateReply(call.dialect(), m_dialect, body, call.context());
    if (!translated)
        return rubbish(status, noReply);
    if (auto outcome = objection(translated->facts, status))
        return outcome;
    takeNotes(translated->dropped);
    reply = wholeReply(call, translated->facts, std::move(translated->body), true);
    return nullptr;
}

asio::awaitable<Exchange::Outcome> Exchange::streamWhole(ProviderCall& call, const std::string& body) {
    const int status = call.http().head().status;
    auto streamed = wire::streamOfWhole(call.dialect(), m_dialect, body, call.context());
    if (!streamed)
        co_return rubbish(status, noReply);
    if (auto outcome = objection(streamed->facts, status))
        co_return outcome;
    takeFacts(streamed->facts);
    takeNotes(streamed->dropped);
    m_record.firstByteMs = elapsedMs();
    remember(call, streamed->tail);
    const auto headers = streamHeaders();
    co_await finishRecord("ok", status);
    co_await m_responder->startStream(status, headers);
    streamed->events += streamed->tail;
    co_await m_responder->endStream(streamed->events);
    co_return nullptr;
}

asio::awaitable<Exchange::Outcome> Exchange::relayGathered(ProviderCall& call) {
    wire::WholeOfStream gathered(call.dialect(), m_dialect, call.context());
    const int status = call.http().head().status;
    std::string in;
    std::size_t size = 0;
    while (!gathered.isDone() && !gathered.isBroken() && size < maxReplyBytes) {
        in.clear();
        const auto more = co_await call.http().read(in);
        if (!more)
            co_return failed(more.error());
        if (!*more)
            break;
        size += in.size();
        gathered.feed(in);
    }
    gathered.end();
    if (gathered.isBroken())
        co_return rubbish(status, noStream);
    if (auto outcome = objection(gathered.facts(), status))
        co_return outcome;
    auto whole = gathered.take();
    if (!whole || whole->error) {
        auto trouble = failed(whole ? "error_" + gathered.facts().errorCode : "truncated", noEnd);
        trouble->next = Setback::Next::TryAgain;
        trouble->httpStatus = status;
        co_return trouble;
    }
    call.http().settle();
    takeNotes(whole->dropped);
    const auto reply = wholeReply(call, gathered.facts(), std::move(whole->body), true);
    co_await finishRecord("ok", reply.status);
    co_await m_responder->reply(reply);
    co_return nullptr;
}

asio::awaitable<Exchange::Outcome> Exchange::relayStream(ProviderCall& call) {
    const auto stream = wire::makeReplyStream(call.dialect(), m_dialect, call.context());
    const bool same = call.dialect() == m_dialect;
    std::string in;
    std::string out;
    bool started = false;
    bool flushing = false;
    asio::steady_timer flushed(m_reactor.io, SteadyTime::max());
    const auto headers = same ? replyHeaders(call.http().head()) : streamHeaders();
    const int status = call.http().head().status;

    // A reply without content is held so that another model can still take over; but not for ever, or clients
    // and proxies between give up. The flush runs beside the waiting read, which stays undisturbed.
    http::Deadlines::Entry hold(m_reactor.deadlines, [&] {
        if (started)
            return;
        started = flushing = true;
        asio::co_spawn(
            m_reactor.io,
            [&]() -> asio::awaitable<void> {
                std::string held = std::exchange(out, {});
                if (held.empty())
                    held = ": the model is still silent\n\n";
                co_await m_responder->startStream(200, headers);
                co_await m_responder->sendStream(held);
                flushing = false;
                flushed.cancel();
            },
            asio::detached);
    });
    if (!m_rung) // a rung's answer is held for as long as it takes; see WaitingClient
        hold.set(std::chrono::milliseconds(m_services.options.holdMs));

    const auto& facts = stream->facts();
    Outcome trouble;
    while (!stream->isDone()) {
        in.clear();
        const auto more = co_await call.http().read(in);
        while (flushing)
            co_await flushed.async_wait(asTuple);
        const bool saidWhatIsWrong = started && !facts.errorCode.empty();
        if (!more) {
            if (!saidWhatIsWrong)
                trouble = failed(more.error());
            break;
        }
        if (!*more) {
            stream->end(out);
            if (facts.finishReason.empty() && !saidWhatIsWrong) {
                trouble = failed("truncated", noEnd);
                trouble->next = Setback::Next::TryAgain;
            }
            break;
        }
        stream->feed(in, out);
        if (stream->isBroken()) {
            trouble = rubbish(status, noStream);
            break;
        }
        if (!started) {
            if (auto outcome = objection(facts, status)) {
                trouble = std::move(outcome);
                break;
            }
        }
        if (facts.hasContent && !m_record.firstByteMs)
            m_record.firstByteMs = elapsedMs();
        if (!started && (facts.hasContent || stream->isDone() || !facts.finishReason.empty())) {
            started = true;
            hold.clear();
            co_await m_responder->startStream(status, headers);
        }
        if (started && !out.empty() && !stream->isDone()) {
            const bool sent = co_await m_responder->sendStream(out);
            if (!sent)
                break;
            out.clear();
        }
    }
    hold.clear();
    if (trouble && !started && !m_responder->isGone()) {
        trouble->httpStatus = status;
        co_return trouble;
    }
    takeFacts(facts);
    takeNotes(stream->dropped());
    if (m_responder->isGone()) {
        co_await finishRecord("cancelled", status);
        co_return nullptr;
    }
    if (trouble || !facts.errorCode.empty()) {
        m_record.attempts.back().outcome = trouble ? trouble->name : "error_" + facts.errorCode;
        m_services.breakers.failed(m_serving.text(), m_policy->cooldown, steadyNow());
    }
    if (trouble) {
        addReason("The reply broke off: " + trouble->name + '.');
        co_await finishRecord("error", status);
        wire::ReplyError error;
        error.type = "server_error";
        error.code = "upstream_" + trouble->name;
        error.message = m_serving.text() + " broke off in the middle of its reply (" + trouble->name +
                        "). Send the request again.";
        stream->breakOff(wire::errorFor(m_dialect, error), out);
    } else {
        remember(call, stream->tail());
        co_await finishRecord(facts.errorCode.empty() ? "ok" : "error", status);
    }
    if (!started)
        co_await m_responder->startStream(status, headers);
    out += stream->tail();
    co_await m_responder->endStream(out);
    if (!trouble)
        call.http().settle();
    co_return nullptr;
}

} // namespace tierdeck::gateway
