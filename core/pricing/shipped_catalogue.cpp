#include "resources/embedded.h"

#include "core/pricing/price_table.h"

namespace tierdeck::pricing {

std::string_view shippedCatalogue() {
    return resources::find("prices.json");
}

} // namespace tierdeck::pricing
