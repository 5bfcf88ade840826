#include "core/routing/head_training.h"

#include "core/routing/policy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace tierdeck::routing {

namespace {

using Numbers = std::vector<double>;

double dot(const Numbers& a, const Numbers& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

double logit(double share) {
    return std::log(share / (1 - share));
}

double logistic(double x) {
    return 1 / (1 + std::exp(-x));
}

/// −log(logistic(x)), also where that is too small for a number.
double lossOf(double x) {
    return x > 0 ? std::log1p(std::exp(-x)) : -x + std::log1p(std::exp(x));
}

/// The examples as rows of the features that at least one of them has, which are the columns.
class Problem {
public:
    Problem(std::span<const TrainingExample> examples, const TrainingSettings& settings,
            const ComplexityHead* base)
        : m_settings(settings) {
        const ClassifierSettings thresholds;
        m_smartAt = logit(thresholds.smartThreshold);
        m_deepAt = logit(thresholds.deepThreshold);
        m_columnOfBucket.assign(bucketCount, none);
        m_columns = 1 + denseFeatures;
        for (const TrainingExample& example : examples)
            add(example, base);
    }

    [[nodiscard]] std::size_t parameters() const { return m_columns * 2; }

    /// The loss at `at`, and how it changes with each parameter.
    double lossAt(const Numbers& at, Numbers& gradient) const {
        double loss = 0;
        for (std::size_t column = 1; column < m_columns; ++column) {
            const double penalty =
                column <= denseFeatures ? m_settings.densePenalty : m_settings.bucketPenalty;
            for (const std::size_t i : {column * 2, column * 2 + 1}) {
                loss += penalty * at[i] * at[i] / 2;
                gradient[i] = penalty * at[i];
            }
        }
        gradient[0] = gradient[1] = 0;
        for (const Row& row : m_rows) {
            Outputs sums = row.base;
            for (std::size_t i = row.begin; i < row.end; ++i) {
                sums.difficulty += m_cells[i].value * at[m_cells[i].column * 2];
                sums.code += m_cells[i].value * at[m_cells[i].column * 2 + 1];
            }
            const Outputs slope = addLoss(loss, row, sums);
            for (std::size_t i = row.begin; i < row.end; ++i) {
                gradient[m_cells[i].column * 2] += m_cells[i].value * slope.difficulty;
                gradient[m_cells[i].column * 2 + 1] += m_cells[i].value * slope.code;
            }
        }
        return loss;
    }

    [[nodiscard]] ComplexityHead::Weights weightsAt(const Numbers& at) const {
        ComplexityHead::Weights weights;
        weights.bias = {at[0], at[1]};
        for (std::size_t i = 0; i < denseFeatures; ++i)
            weights.dense[i] = {at[(1 + i) * 2], at[(1 + i) * 2 + 1]};
        for (std::size_t id = 0; id < bucketCount; ++id) {
            if (const std::uint32_t column = m_columnOfBucket[id]; column != none)
                weights.buckets[id] = {at[column * 2], at[column * 2 + 1]};
        }
        return weights;
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    struct Cell {
        std::uint32_t column = 0;
        double value = 0;
    };

    struct Row {
        std::size_t begin = 0;
        std::size_t end = 0;
        Outputs base;
        std::array<double, trainedTiers.size()> wanted{}; ///< by tier; together 1
    };

    void add(const TrainingExample& example, const ComplexityHead* base) {
        Row row;
        row.begin = m_cells.size();
        m_cells.push_back({0, 1});
        for (std::uint32_t i = 0; i < denseFeatures; ++i) {
            if (example.vector.dense[i] > 0)
                m_cells.push_back({i + 1, example.vector.dense[i] / 1e3});
        }
        const BucketShares shares(example.vector.buckets);
        for (const Bucket bucket : example.vector.buckets) {
            std::uint32_t& column = m_columnOfBucket[bucket.id];
            if (column == none)
                column = m_columns++;
            m_cells.push_back({column, shares.of(bucket)});
        }
        row.end = m_cells.size();
        const double also = example.also ? m_settings.alsoShare : 0;
        row.wanted[static_cast<std::size_t>(example.tier)] += 1 - also;
        if (example.also)
            row.wanted[static_cast<std::size_t>(*example.also)] += also;
        if (base)
            row.base = base->sums(example.vector);
        m_rows.push_back(row);
    }

    /// Deep is a difficulty beyond its threshold, whatever the code; coding a code beyond its own short of
    /// deep; smart and balanced part at smart's. Returns the slopes of the two sums.
    Outputs addLoss(double& loss, const Row& row, const Outputs& sums) const {
        const auto wanted = [&](TrainedTier tier) { return row.wanted[static_cast<std::size_t>(tier)]; };
        const double steep = m_settings.sharpness;
        Outputs slope;
        const auto choose = [&](double yes, double no, double distance, double& change) {
            const double x = steep * distance;
            loss += yes * lossOf(x) + no * lossOf(-x);
            change += steep * (no * logistic(x) - yes * logistic(-x));
        };
        const double deep = wanted(TrainedTier::Deep);
        const double coding = wanted(TrainedTier::Coding);
        const double smart = wanted(TrainedTier::Smart);
        const double balanced = wanted(TrainedTier::Balanced);
        choose(deep * m_settings.deepWeight, 1 - deep, sums.difficulty - m_deepAt, slope.difficulty);
        choose(coding * m_settings.codingWeight, smart + balanced, sums.code, slope.code);
        choose(smart, balanced, sums.difficulty - m_smartAt, slope.difficulty);
        return slope;
    }

    TrainingSettings m_settings;
    double m_smartAt = 0;
    double m_deepAt = 0;
    std::uint32_t m_columns = 0;
    std::vector<std::uint32_t> m_columnOfBucket;
    std::vector<Cell> m_cells;
    std::vector<Row> m_rows;
};

/// Limited-memory BFGS with a backtracking line search: the loss is convex, so it ends at its one minimum.
class Descent {
public:
    explicit Descent(const Problem& problem)
        : m_problem(problem)
        , m_at(problem.parameters())
        , m_gradient(m_at.size())
        , m_loss(problem.lossAt(m_at, m_gradient)) {}

    const Numbers& run(int mostRounds) {
        for (int round = 0; round < mostRounds && step(); ++round) {
        }
        return m_at;
    }

private:
    static constexpr std::size_t memory = 8;
    static constexpr double enough = 1e-7; ///< of the loss, in one round

    struct Past {
        Numbers moved;
        Numbers turned;
        double product = 0;
    };

    [[nodiscard]] Numbers direction() const {
        Numbers way = m_gradient;
        std::vector<double> shares(m_past.size());
        for (std::size_t i = m_past.size(); i-- > 0;) {
            shares[i] = dot(m_past[i].moved, way) / m_past[i].product;
            for (std::size_t j = 0; j < way.size(); ++j)
                way[j] -= shares[i] * m_past[i].turned[j];
        }
        if (!m_past.empty()) {
            const double scale = m_past.back().product / dot(m_past.back().turned, m_past.back().turned);
            for (double& one : way)
                one *= scale;
        }
        for (std::size_t i = 0; i < m_past.size(); ++i) {
            const double share = shares[i] - dot(m_past[i].turned, way) / m_past[i].product;
            for (std::size_t j = 0; j < way.size(); ++j)
                way[j] += share * m_past[i].moved[j];
        }
        return way;
    }

    bool step() {
        const Numbers way = direction();
        const double slope = dot(way, m_gradient);
        if (!(slope > 0))
            return false;
        double length = m_past.empty() ? 1 / (1 + std::sqrt(dot(m_gradient, m_gradient))) : 1;
        Numbers next(m_at.size());
        Numbers gradient(m_at.size());
        double loss = 0;
        int tries = 0;
        do {
            if (++tries > 30)
                return false;
            for (std::size_t j = 0; j < next.size(); ++j)
                next[j] = m_at[j] - length * way[j];
            loss = m_problem.lossAt(next, gradient);
            length /= 2;
        } while (!(loss <= m_loss - 1e-4 * length * 2 * slope));

        Past past{Numbers(next.size()), Numbers(next.size()), 0};
        for (std::size_t j = 0; j < next.size(); ++j) {
            past.moved[j] = next[j] - m_at[j];
            past.turned[j] = gradient[j] - m_gradient[j];
        }
        past.product = dot(past.moved, past.turned);
        if (past.product > 1e-12) {
            if (m_past.size() == memory)
                m_past.erase(m_past.begin());
            m_past.push_back(std::move(past));
        }
        const bool far = m_loss - loss > enough * m_loss;
        m_at = std::move(next);
        m_gradient = std::move(gradient);
        m_loss = loss;
        return far;
    }

    const Problem& m_problem;
    Numbers m_at;
    Numbers m_gradient;
    double m_loss = 0;
    std::vector<Past> m_past;
};

} // namespace

std::optional<TrainedTier> trainedTier(std::string_view name) {
    const auto found = std::find(trainedTiers.begin(), trainedTiers.end(), name);
    if (found == trainedTiers.end())
        return std::nullopt;
    return static_cast<TrainedTier>(found - trainedTiers.begin());
}

ComplexityHead::Weights trainHead(std::span<const TrainingExample> examples, const TrainingSettings& settings,
                                  const ComplexityHead* base) {
    const Problem problem(examples, settings, base);
    return problem.weightsAt(Descent(problem).run(settings.mostRounds));
}

std::vector<std::size_t> foldsOf(std::span<const TrainingExample> examples, std::size_t parts,
                                 std::uint32_t seed) {
    std::vector<std::size_t> folds(examples.size());
    std::mt19937 random(seed);
    for (std::size_t tier = 0; tier < trainedTiers.size(); ++tier) {
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < examples.size(); ++i) {
            if (static_cast<std::size_t>(examples[i].tier) == tier)
                places.push_back(i);
        }
        // std::shuffle differs between libraries; what is trained must not.
        for (std::size_t i = places.size(); i > 1; --i)
            std::swap(places[i - 1], places[random() % i]);
        for (std::size_t i = 0; i < places.size(); ++i)
            folds[places[i]] = i % parts;
    }
    return folds;
}

} // namespace tierdeck::routing
