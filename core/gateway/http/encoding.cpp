#include "core/gateway/http/encoding.h"

#define ZLIB_CONST
#include "core/gateway/http/head.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace tierdeck::gateway::http {

namespace {

constexpr std::size_t stepBytes = 256u << 10;

std::optional<DecodeError> inflateGzip(const std::string& packed, std::string& out, std::size_t limit) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return DecodeError::Broken;
    const auto guard = std::unique_ptr<z_stream, int (*)(z_stream*)>(&stream, inflateEnd);
    stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        const auto before = out.size();
        if (before > limit)
            return DecodeError::TooLarge;
        out.resize(before + stepBytes);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = static_cast<uInt>(stepBytes);
        result = inflate(&stream, Z_NO_FLUSH);
        out.resize(before + stepBytes - stream.avail_out);
        if (result != Z_OK && result != Z_STREAM_END)
            return DecodeError::Broken;
        if (result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)
            return DecodeError::Broken; // cut off
    }
    if (stream.avail_in > 0)
        return DecodeError::Broken;
    return out.size() > limit ? std::optional(DecodeError::TooLarge) : std::nullopt;
}

std::optional<DecodeError> inflateZstd(const std::string& packed, std::string& out, std::size_t limit) {
    const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    std::size_t hint = 1;
    while (hint != 0) {
        const auto before = out.size();
        if (before > limit)
            return DecodeError::TooLarge;
        out.resize(before + stepBytes);
        ZSTD_outBuffer piece{out.data() + before, stepBytes, 0};
        const auto consumed = in.pos;
        hint = ZSTD_decompressStream(context.get(), &piece, &in);
        out.resize(before + piece.pos);
        if (ZSTD_isError(hint) || (hint != 0 && piece.pos == 0 && in.pos == consumed))
            return DecodeError::Broken;
    }
    if (in.pos != in.size)
        return DecodeError::Broken;
    return out.size() > limit ? std::optional(DecodeError::TooLarge) : std::nullopt;
}

} // namespace

std::optional<DecodeError> decodeBody(std::string_view encoding, std::string& body, std::size_t limit) {
    if (encoding.empty() || equalsIgnoringCase(encoding, "identity"))
        return std::nullopt;
    std::string out;
    std::optional<DecodeError> error;
    if (equalsIgnoringCase(encoding, "gzip") || equalsIgnoringCase(encoding, "x-gzip"))
        error = inflateGzip(body, out, limit);
    else if (equalsIgnoringCase(encoding, "zstd"))
        error = inflateZstd(body, out, limit);
    else
        return DecodeError::UnknownEncoding;
    if (!error)
        body = std::move(out);
    return error;
}

} // namespace tierdeck::gateway::http
