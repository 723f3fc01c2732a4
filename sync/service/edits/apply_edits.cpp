// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/apply_edits.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/edits/edit_call.hpp"
#include "sync/service/edits/edit_set.hpp"

namespace rhumb::service {
namespace {

/// Whether the edited features are to be told.
bool service_edits_parameter(const http::Parameters& parameters) {
    const std::string option = lowered(trimmed(parameters.get("returnServiceEditsOption")));
    if (option.empty() || option == "none") return false;
    if (option == "originalandcurrentfeatures") return true;
    throw Error(Status::InvalidArgument, "'returnServiceEditsOption' is '" + excerpt(option, 40) +
                                             "', not none or originalAndCurrentFeatures");
}

/// Whether each edit is to be answered; only where all of them succeed or none.
bool results_parameter(const Call& call, const EditRules& rules) {
    const bool wanted = boolean_parameter(call.parameters, "returnEditResults", true);
    if (wanted || rules.rollback_on_failure) return wanted;
    throw Error(Status::InvalidArgument,
                "'returnEditResults' may be false only when 'rollbackOnFailure' is true");
}

}  // namespace

http::Response apply_layer_edits(const Call& call, const Layer& layer) {
    const EditRules rules = edit_rules_parameters(call);
    const bool with_results = results_parameter(call, rules);
    const bool with_moment = boolean_parameter(call.parameters, "returnEditMoment", false);
    const auto document = layer_edits_of(call, layer.id);
    EditSet edits(call, *document, rules);
    return edit_and_answer(
        call, [&](StoreTransaction& transaction) { edits.apply(transaction); },
        [&](wire::JsonWriter& writer, Spool& spool) {
            writer.begin_object();
            if (with_results) {
                writer.key("id").integer(layer.id.value);
                edits.write_results(writer, spool, 0);
            } else {
                writer.key("success").boolean(true);
            }
            if (with_moment) writer.key("editMoment").integer(rules.editor.now_ms);
            writer.end_object();
        });
}

http::Response apply_service_edits(const Call& call) {
    const EditRules rules = edit_rules_parameters(call);
    const bool with_moment = boolean_parameter(call.parameters, "returnEditMoment", false);
    EditSetOptions options;
    options.honor_sequence = boolean_parameter(call.parameters, "honorSequenceOfEdits", false);
    options.edited_features = service_edits_parameter(call.parameters);
    boolean_parameter(call.parameters, "returnServiceEditsInSourceSR", false);  // always is
    const auto document = service_edits_of(call);
    EditSet edits(call, *document, rules, options);
    return edit_and_answer(
        call, [&](StoreTransaction& transaction) { edits.apply(transaction); },
        [&](wire::JsonWriter& writer, Spool& spool) {
            writer.begin_array();
            for (std::size_t i = 0; i < document->entries().size(); ++i) {
                writer.begin_object().key("id").integer(document->entries()[i].layer.value);
                edits.write_results(writer, spool, i);
                if (with_moment) writer.key("editMoment").integer(rules.editor.now_ms);
                writer.end_object();
            }
            writer.end_array();
        });
}

}  // namespace rhumb::service
