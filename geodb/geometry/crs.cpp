// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/crs.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/web_mercator.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"

#include <proj.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::geodb {
namespace {

constexpr std::int32_t kWgs84 = 4326;
constexpr std::int32_t kWebMercator = 3857;
/// Of a box on its way to Web Mercator, where the poles are infinitely far away.
constexpr double kMostLatitude = 89.999999;
constexpr int kPointsOfAnEdge = 21;

struct ContextDeleter {
    void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
struct PjDeleter {
    void operator()(PJ* object) const { proj_destroy(object); }
};
using Context = std::unique_ptr<PJ_CONTEXT, ContextDeleter>;
using Pj = std::unique_ptr<PJ, PjDeleter>;

Context make_context() {
    Context context{proj_context_create()};
    if (!context) throw Error(Status::Internal, "PROJ: cannot be initialized");
    proj_context_set_enable_network(context.get(), 0);
    proj_log_level(context.get(), PJ_LOG_NONE);  // it would write to stderr
    return context;
}

/// Esri gives its own codes in the same number space as those of EPSG.
Pj crs_of(PJ_CONTEXT* context, std::int32_t wkid) {
    const std::string code = std::to_string(normalized_wkid(wkid));
    for (const char* authority : {"EPSG", "ESRI"}) {
        Pj crs{proj_create_from_database(context, authority, code.c_str(), PJ_CATEGORY_CRS, 0,
                                         nullptr)};
        if (crs) return crs;
    }
    throw Error(Status::InvalidArgument,
                "spatial reference " + std::to_string(wkid) + " is not known");
}

/// The code of EPSG or Esri that a reference has; both are in one number space.
std::optional<std::int32_t> code_of(const PJ* crs) {
    const char* const authority = proj_get_id_auth_name(crs, 0);
    const char* const code = proj_get_id_code(crs, 0);
    if (authority == nullptr || code == nullptr) return std::nullopt;
    const std::string_view name = authority;
    if (name != "EPSG" && name != "ESRI") return std::nullopt;
    const auto number = parse_integer(code);
    if (!number || *number <= 0 || *number > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    return normalized_wkid(static_cast<std::int32_t>(*number));
}

std::string spatial_reference_pair(std::int32_t from, std::int32_t to) {
    return "from spatial reference " + std::to_string(from) + " to " + std::to_string(to);
}

Pj make_operation(PJ_CONTEXT* context, std::int32_t from, std::int32_t to) {
    const Pj source = crs_of(context, from);
    const Pj target = crs_of(context, to);
    const Pj as_defined{
        proj_create_crs_to_crs_from_pj(context, source.get(), target.get(), nullptr, nullptr)};
    Pj operation{as_defined ? proj_normalize_for_visualization(context, as_defined.get())
                            : nullptr};
    if (!operation) {
        throw Error(Status::Unsupported, "no transformation " + spatial_reference_pair(from, to));
    }
    return operation;
}

bool is_geographic(PJ_CONTEXT* context, const PJ* crs) {
    switch (proj_get_type(crs)) {
        case PJ_TYPE_GEOGRAPHIC_2D_CRS:
        case PJ_TYPE_GEOGRAPHIC_3D_CRS:
            return true;
        case PJ_TYPE_COMPOUND_CRS: {
            const Pj horizontal{proj_crs_get_sub_crs(context, crs, 0)};
            return horizontal && is_geographic(context, horizontal.get());
        }
        default:
            return false;
    }
}

bool is_nowhere(double x, double y) {
    return std::isnan(x) || std::isnan(y);
}

/// x and y of `vertices` vertices in place; what has no place becomes infinite or NaN.
class Operation {
public:
    virtual ~Operation() = default;
    virtual void apply(double* coordinates, std::size_t vertices, std::size_t stride) const = 0;
    virtual std::optional<Envelope> apply(const Envelope& envelope) const = 0;
};

class ToWebMercator final : public Operation {
public:
    void apply(double* coordinates, std::size_t vertices, std::size_t stride) const override {
        for (double* at = coordinates; vertices > 0; --vertices, at += stride) {
            at[0] = web_mercator::x_from_longitude(at[0]);
            at[1] = web_mercator::y_from_latitude(at[1]);
        }
    }
    std::optional<Envelope> apply(const Envelope& envelope) const override {
        // "The whole world" must stay a box.
        const auto y = [](double latitude) {
            return web_mercator::y_from_latitude(
                std::clamp(latitude, -kMostLatitude, kMostLatitude));
        };
        return Envelope{web_mercator::x_from_longitude(envelope.min_x), y(envelope.min_y),
                        web_mercator::x_from_longitude(envelope.max_x), y(envelope.max_y)};
    }
};

class FromWebMercator final : public Operation {
public:
    void apply(double* coordinates, std::size_t vertices, std::size_t stride) const override {
        for (double* at = coordinates; vertices > 0; --vertices, at += stride) {
            at[0] = web_mercator::longitude_from_x(at[0]);
            at[1] = web_mercator::latitude_from_y(at[1]);
        }
    }
    std::optional<Envelope> apply(const Envelope& envelope) const override {
        return Envelope{web_mercator::longitude_from_x(envelope.min_x),
                        web_mercator::latitude_from_y(envelope.min_y),
                        web_mercator::longitude_from_x(envelope.max_x),
                        web_mercator::latitude_from_y(envelope.max_y)};
    }
};

class ProjOperation final : public Operation {
public:
    ProjOperation(std::int32_t from, std::int32_t to)
        : context_(make_context()),
          operation_(make_operation(context_.get(), from, to)),
          to_degrees_(is_geographic(context_.get(), crs_of(context_.get(), to).get())) {}

    void apply(double* coordinates, std::size_t vertices, std::size_t stride) const override {
        const std::size_t bytes = stride * sizeof(double);
        proj_trans_generic(operation_.get(), PJ_FWD, coordinates, bytes, vertices, coordinates + 1,
                           bytes, vertices, nullptr, 0, 0, nullptr, 0, 0);
    }

    std::optional<Envelope> apply(const Envelope& envelope) const override {
        std::optional<Envelope> result = bounds(envelope);
        // Edges alone may all lie beyond the target's reach: the world's do for a UTM zone.
        expand(result, grid_bounds(envelope));
        return result;
    }

private:
    /// PROJ's own measure along the edges, which knows about poles.
    std::optional<Envelope> bounds(const Envelope& from) const {
        Envelope to{};
        if (proj_trans_bounds(context_.get(), operation_.get(), PJ_FWD, from.min_x, from.min_y,
                              from.max_x, from.max_y, &to.min_x, &to.min_y, &to.max_x, &to.max_y,
                              kPointsOfAnEdge) == 0 ||
            !std::isfinite(to.min_x) || !std::isfinite(to.min_y) || !std::isfinite(to.max_x) ||
            !std::isfinite(to.max_y)) {
            return std::nullopt;
        }
        if (to_degrees_ && to.min_x > to.max_x) {
            to.min_x = -180;
            to.max_x = 180;
        }
        return to;
    }

    std::optional<Envelope> grid_bounds(const Envelope& from) const {
        std::vector<double> grid;
        grid.reserve(2 * kPointsOfAnEdge * kPointsOfAnEdge);
        for (int i = 0; i < kPointsOfAnEdge * kPointsOfAnEdge; ++i) {
            const double x = static_cast<double>(i % kPointsOfAnEdge) / (kPointsOfAnEdge - 1);
            const double y = static_cast<double>(i / kPointsOfAnEdge) / (kPointsOfAnEdge - 1);
            grid.push_back(from.min_x + x * (from.max_x - from.min_x));
            grid.push_back(from.min_y + y * (from.max_y - from.min_y));
        }
        apply(grid.data(), grid.size() / 2, 2);
        std::optional<Envelope> result;
        for (std::size_t i = 0; i < grid.size(); i += 2) {
            if (std::isfinite(grid[i]) && std::isfinite(grid[i + 1])) {
                expand(result, grid[i], grid[i + 1]);
            }
        }
        return result;
    }

    Context context_;
    Pj operation_;
    bool to_degrees_;
};

std::unique_ptr<Operation> choose_operation(std::int32_t from, std::int32_t to) {
    if (from == to) return nullptr;
    if (from == kWgs84 && to == kWebMercator) return std::make_unique<ToWebMercator>();
    if (from == kWebMercator && to == kWgs84) return std::make_unique<FromWebMercator>();
    return std::make_unique<ProjOperation>(from, to);
}

std::string place(double x, double y) {
    if (!std::isfinite(x) || !std::isfinite(y)) return "(not finite)";
    std::string text = "(";
    append_double(text, x);
    text += ", ";
    append_double(text, y);
    return text + ")";
}

}  // namespace

std::int32_t normalized_wkid(std::int32_t wkid) {
    switch (wkid) {
        case 102100:
        case 102113:
        case 900913:
            return kWebMercator;
        default:
            return wkid;
    }
}

std::int32_t esri_wkid(std::int32_t epsg) {
    constexpr std::int32_t kEsriWebMercator = 102100;
    return normalized_wkid(epsg) == kWebMercator ? kEsriWebMercator : epsg;
}

std::string crs_wkt(std::int32_t epsg) {
    const Context context = make_context();
    const Pj crs = crs_of(context.get(), epsg);
    const char* const one_line[] = {"MULTILINE=NO", nullptr};
    for (const PJ_WKT_TYPE form : {PJ_WKT1_GDAL, PJ_WKT2_2019}) {
        if (const char* wkt = proj_as_wkt(context.get(), crs.get(), form, one_line)) return wkt;
    }
    throw Error(Status::Unsupported,
                "spatial reference " + std::to_string(epsg) + " cannot be written as WKT");
}

std::string crs_name(std::int32_t epsg) {
    const Context context = make_context();
    const Pj crs = crs_of(context.get(), epsg);
    const char* const name = proj_get_name(crs.get());
    return name != nullptr ? name : "";
}

void check_crs(std::int32_t epsg) {
    if (epsg == kWgs84 || normalized_wkid(epsg) == kWebMercator) return;
    const Context context = make_context();
    crs_of(context.get(), epsg);
}

std::optional<std::int32_t> epsg_of_wkt(const std::string& wkt) {
    const Context context = make_context();
    const Pj crs{proj_create_from_wkt(context.get(), wkt.c_str(), nullptr, nullptr, nullptr)};
    if (!crs || proj_is_crs(crs.get()) == 0) return std::nullopt;
    if (const auto code = code_of(crs.get())) return code;
    // Esri's texts have names and numbers, and seldom a code.
    constexpr int kSure = 90;  // of 100: another name at most
    int* confidence = nullptr;
    PJ_OBJ_LIST* const found =
        proj_identify(context.get(), crs.get(), nullptr, nullptr, &confidence);
    std::optional<std::int32_t> code;
    for (int i = 0; found != nullptr && !code && i < proj_list_get_count(found); ++i) {
        if (confidence[i] < kSure) continue;
        const Pj candidate{proj_list_get(context.get(), found, i)};
        code = code_of(candidate.get());
    }
    proj_int_list_destroy(confidence);
    proj_list_destroy(found);
    return code;
}

bool crs_is_geographic(std::int32_t epsg) {
    if (epsg == kWgs84 || normalized_wkid(epsg) == kWebMercator) return epsg == kWgs84;
    const Context context = make_context();
    return is_geographic(context.get(), crs_of(context.get(), epsg).get());
}

class CoordinateTransform::Impl {
public:
    Impl(std::int32_t from, std::int32_t to)
        : from_(from),
          to_(to),
          operation_(choose_operation(normalized_wkid(from), normalized_wkid(to))) {}

    const Operation* operation() const { return operation_.get(); }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(Status::InvalidArgument,
                    what + " has no place on the way " + spatial_reference_pair(from_, to_));
    }

private:
    std::int32_t from_;
    std::int32_t to_;
    std::unique_ptr<Operation> operation_;  // none: both are the same
};

CoordinateTransform::CoordinateTransform(std::int32_t from_epsg, std::int32_t to_epsg)
    : impl_(std::make_unique<Impl>(from_epsg, to_epsg)) {}

CoordinateTransform::CoordinateTransform(CoordinateTransform&&) noexcept = default;
CoordinateTransform& CoordinateTransform::operator=(CoordinateTransform&&) noexcept = default;
CoordinateTransform::~CoordinateTransform() = default;

bool CoordinateTransform::is_identity() const {
    return impl_->operation() == nullptr;
}

void CoordinateTransform::apply(Geometry& geometry) const {
    if (is_identity() || geometry.empty()) return;
    const std::size_t stride = geometry.stride();
    const std::vector<double>& before = geometry.coordinates;
    std::vector<double> after = before;
    impl_->operation()->apply(after.data(), geometry.vertex_count(), stride);
    for (std::size_t i = 0; i + stride <= after.size(); i += stride) {
        if (is_nowhere(before[i], before[i + 1])) {
            after[i] = before[i];
            after[i + 1] = before[i + 1];
        } else if (!std::isfinite(after[i]) || !std::isfinite(after[i + 1])) {
            impl_->refuse("vertex " + std::to_string(i / stride) + " " +
                          place(before[i], before[i + 1]));
        }
    }
    geometry.coordinates = std::move(after);
}

Envelope CoordinateTransform::apply(const Envelope& envelope) const {
    if (is_identity()) return envelope;
    const std::optional<Envelope> result = impl_->operation()->apply(envelope);
    if (!result || !std::isfinite(result->min_x) || !std::isfinite(result->max_x) ||
        !std::isfinite(result->min_y) || !std::isfinite(result->max_y)) {
        impl_->refuse("the box from " + place(envelope.min_x, envelope.min_y) + " to " +
                      place(envelope.max_x, envelope.max_y));
    }
    return *result;
}

void TransformsInto::apply(Geometry& geometry, std::int32_t from_epsg) {
    constexpr std::size_t kMostKept = 16;  // a way through PROJ holds some hundred kB
    if (from_epsg == to_epsg_) return;
    auto found = made_.find(from_epsg);
    if (found == made_.end()) {
        if (made_.size() == kMostKept) made_.clear();
        found = made_.emplace(from_epsg, CoordinateTransform(from_epsg, to_epsg_)).first;
    }
    found->second.apply(geometry);
}

}  // namespace rhumb::geodb
