// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/views.hpp"

#include "runtime/capi/guard.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace rhumb::capi {

rhumb_guid guid_of(const Uuid& uuid) {
    rhumb_guid guid;
    std::copy(uuid.bytes.begin(), uuid.bytes.end(), guid.bytes);
    return guid;
}

Uuid uuid_of(const rhumb_guid& guid) {
    Uuid uuid;
    std::copy(std::begin(guid.bytes), std::end(guid.bytes), uuid.bytes.begin());
    return uuid;
}

rhumb_buffer buffer_of(std::string_view text) {
    auto* data = static_cast<char*>(std::malloc(text.size() + 1));
    if (data == nullptr) throw std::bad_alloc();
    std::copy(text.begin(), text.end(), data);
    data[text.size()] = '\0';
    return {data, text.size()};
}

rhumb_layer_info layer_info_of(const geodb::Layer& layer) {
    rhumb_layer_info info;
    rhumb_layer_info_init(&info);
    info.id = layer.id.value;
    info.name = view(layer.name);
    info.object_id_field = view(layer.fid_column);
    info.global_id_field = view(layer.global_id_column);
    info.field_count = layer.fields.size();
    if (!layer.geometry) return info;
    info.geometry_type = static_cast<std::int32_t>(layer.geometry->type);
    info.srs_id = layer.geometry->srs_id;
    info.has_z = layer.geometry->has_z ? 1 : 0;
    info.has_m = layer.geometry->has_m ? 1 : 0;
    info.geometry_field = view(layer.geometry->name);
    return info;
}

rhumb_field_info field_info_of(const geodb::Field& field) {
    rhumb_field_info info;
    rhumb_field_info_init(&info);
    info.name = view(field.name);
    info.alias = view(field.alias);
    info.type = static_cast<std::int32_t>(field.type);
    info.length = field.length;
    info.nullable = field.nullable ? 1 : 0;
    info.editable = field.editable() ? 1 : 0;
    return info;
}

}  // namespace rhumb::capi
