// SPDX-License-Identifier: Apache-2.0
#include "rhumb/geodatabase.h"

#include "platform/number.hpp"
#include "platform/text.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/views.hpp"

#include <vector>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::runtime::OpenGeodatabase;

struct rhumb_layers {
    std::vector<rhumb::geodb::Layer> layers;
};

void rhumb_open_options_init(rhumb_open_options* options) {
    init(options);
}
void rhumb_layer_info_init(rhumb_layer_info* info) {
    init(info);
}
void rhumb_field_info_init(rhumb_field_info* info) {
    init(info);
}

rhumb_status rhumb_geodatabase_create(rhumb_str path, rhumb_geodatabase** out_geodatabase,
                                      rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_geodatabase, "out_geodatabase");
        *out_geodatabase = new rhumb_geodatabase{std::make_shared<OpenGeodatabase>(
            name_of(path, "path"), OpenGeodatabase::Mode::Create)};
    });
}

rhumb_status rhumb_geodatabase_open(rhumb_str path, const rhumb_open_options* options,
                                    rhumb_geodatabase** out_geodatabase, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_geodatabase, "out_geodatabase");
        const auto asked = options_of(options, rhumb_open_options_init, "options");
        if (asked.read_only != 0 && asked.adopt != 0) {
            throw Error(Status::InvalidArgument,
                        "'options' asks for 'adopt', which writes, and for 'read_only'");
        }
        const auto mode = asked.read_only != 0 ? OpenGeodatabase::Mode::OpenReadOnly
                          : asked.adopt != 0   ? OpenGeodatabase::Mode::Adopt
                                               : OpenGeodatabase::Mode::Open;
        *out_geodatabase =
            new rhumb_geodatabase{std::make_shared<OpenGeodatabase>(name_of(path, "path"), mode)};
    });
}

void rhumb_geodatabase_release(rhumb_geodatabase* geodatabase) {
    delete geodatabase;
}

rhumb_status rhumb_geodatabase_path(rhumb_geodatabase* geodatabase, rhumb_buffer* out_path,
                                    rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        require(out_path, "out_path");
        *out_path = buffer_of(geodatabase->open->path().string());
    });
}

rhumb_status rhumb_geodatabase_layers(rhumb_geodatabase* geodatabase, rhumb_layers** out_layers,
                                      rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_layers, "out_layers");
        require(geodatabase, "geodatabase");
        const OpenGeodatabase::Reader reader(geodatabase->open);
        *out_layers = new rhumb_layers{reader->layers()};
    });
}

void rhumb_layers_release(rhumb_layers* layers) {
    delete layers;
}

size_t rhumb_layers_count(const rhumb_layers* layers) {
    return layers == nullptr ? 0 : layers->layers.size();
}

rhumb_status rhumb_layers_get(const rhumb_layers* layers, size_t index, rhumb_layer_info* out_info,
                              rhumb_error* error) {
    return guard(error, [&] {
        require(layers, "layers");
        require_sized(out_info, "out_info");
        *out_info = layer_info_of(element_of(layers->layers, index, "index"));
    });
}

rhumb_status rhumb_layers_find(const rhumb_layers* layers, rhumb_str name, size_t* out_index,
                               rhumb_error* error) {
    return guard(error, [&] {
        require(layers, "layers");
        require(out_index, "out_index");
        const std::string wanted = name_of(name, "name");
        const auto number = rhumb::parse_integer(wanted);
        std::string names;
        for (std::size_t i = 0; i < layers->layers.size(); ++i) {
            const auto& layer = layers->layers[i];
            if (rhumb::equal_ignoring_case(layer.name, wanted) ||
                rhumb::equal_ignoring_case(layer.table, wanted) || number == layer.id.value) {
                *out_index = i;
                return;
            }
            names += (names.empty() ? "" : ", ") + layer.name;
        }
        throw Error(Status::NotFound,
                    "there is no layer '" + wanted + "' (there are: " + names + ")");
    });
}

rhumb_status rhumb_layers_field(const rhumb_layers* layers, size_t index, size_t field,
                                rhumb_field_info* out_info, rhumb_error* error) {
    return guard(error, [&] {
        require(layers, "layers");
        require_sized(out_info, "out_info");
        const auto& layer = element_of(layers->layers, index, "index");
        *out_info = field_info_of(element_of(layer.fields, field, "field"));
    });
}
