// SPDX-License-Identifier: Apache-2.0
//
// From service to service: source, target, taken, given, pull, put up, hand over.
//
// ArcGIS REST, targetType server: the source writes its changes since the last known generation
// into a file; the file goes to the target as an upload item; the target takes it in under the
// source's new generation and stores that in the same transaction. So the target always knows where
// to go on, and a transfer that is repeated changes nothing.
#include "sync/client/relay_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/client/attachment_request.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/client/item_ladder.hpp"
#include "sync/client/rejections.hpp"
#include "sync/client/relay_contents.hpp"
#include "sync/client/relay_terms.hpp"
#include "sync/client/service_description.hpp"
#include "sync/delta/delta_attachments.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/wire/content_pack.hpp"
#include "sync/wire/edit_result.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

using geodb::sqlite::Transaction;
using wire::Json;
using wire::SyncDirection;
using wire::SyncModel;

/// A larger file is taken in by a job, where the target offers these.
constexpr std::int64_t kLargeFile = 4 * 1024 * 1024;

Uuid replica_id(const std::string& text) {
    if (const auto id = Uuid::parse(text)) return *id;
    throw Error(Status::InvalidArgument, "replica '" + text + "' is no GUID");
}

class RelayLadder final : public ItemLadder {
public:
    RelayLadder(geodb::Geodatabase& state, const RelayOptions& options, OnProgress on_progress);

private:
    void define_steps();
    void begin();
    bool go_on();
    void ask_at(const std::string& service, const std::string& step);

    void take_source(const http::Response& response);
    void take_target(const http::Response& response);
    void take_end(const http::Response& response, bool target);
    void check_ends();

    http::TransportRequest ask_changes() const;
    void take_changes(const http::Response& response);
    void put_up();
    /// The next contents that the delta tells of; behind the last the delta itself.
    void carry_contents(std::size_t passed);
    void take_have(const http::Response& response);
    void take_contents(const http::Response& response);
    http::TransportRequest ask_put();
    void take_put(const http::Response& response);
    http::TransportRequest ask_import();
    void take_import(const http::Response& response);
    void note_counts();
    void keep_refused();
    void end();

    std::string operation() const override { return "synchronizeReplica of " + facts_url(); }
    void take_outcome(const http::Response& response) override {
        is("handing") ? take_import(response) : take_changes(response);
    }
    void take_refusal(const wire::ServiceError& error) override;
    void repeat_operation() override { go_durably(is("handing") ? "relay_hand" : "relay_pull"); }
    bool may_ask_often() const override { return is("handing") ? is("target_ours") : is("ours"); }

    std::string item_name() const override {
        return "edits-" + id_.plain() + (is("target_ours") ? ".sqlite" : ".geodatabase");
    }
    void item_is_there() override { go_durably("relay_hand"); }
    void item_refused(const wire::ServiceError& error) override {
        throw_refused("the upload to " + facts_url(), error);
    }

    bool is(const char* name) const { return wire::to_bool(facts_.find(name)).value_or(false); }
    SyncModel model() const {
        return wire::sync_model_of(fact("model")).value_or(SyncModel::PerReplica);
    }
    RelayGenerations generations(const char* name) const {
        return relay_generations_in(facts_.find(name));
    }
    /// As both products take it in a path.
    std::string info_path() const {
        return "/replicas/" + id_.braced().substr(1, id_.braced().size() - 2) + "?f=json";
    }

    RelayOptions options_;
    Uuid id_;
    RelayEnd source_, target_;
    RelayContents contents_;
    std::string pack_;
};

RelayLadder::RelayLadder(geodb::Geodatabase& state, const RelayOptions& options,
                         OnProgress on_progress)
    : ItemLadder(state, std::move(on_progress)),
      options_(options),
      id_(replica_id(options.replica)) {
    options_.source_url = service_address(options.source_url);
    options_.target_url = service_address(options.target_url);
    if (options_.source_url == options_.target_url) {
        throw Error(Status::InvalidArgument, "source and target are the same service");
    }
    if (store_.exists() || !state.layers().empty()) {
        throw Error(Status::AlreadyExists,
                    "'" + state.path().string() + "' holds other data than the state of a relay");
    }
    define_steps();
    if (!go_on()) begin();
}

void RelayLadder::define_steps() {
    using Phase = Progress::Phase;
    const auto none = [] {};
    define("relay_source",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_source(response); }, none, Phase::Connect});
    define("relay_target",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_target(response); }, none, Phase::Connect});
    define("relay_given",
           {[this] { return get(info_path()); },
            [this](const auto& response) { take_end(response, false); }, none, Phase::Connect});
    define("relay_taken",
           {[this] { return get(info_path()); },
            [this](const auto& response) { take_end(response, true); }, none, Phase::Connect});
    define("relay_pull",
           {[this] { return ask_changes(); },
            [this](const auto& response) { take_changes(response); }, none, Phase::Download});
    define("relay_have",
           {[this] {
                return post("/rhumbContents/have",
                            {{"f", "json"}, {"contents", contents_.question()}});
            },
            [this](const auto& response) { take_have(response); }, none, Phase::Upload});
    define("relay_get",
           {[this] {
                return post_saved("/rhumbContents/get",
                                  {{"f", "json"}, {"contents", contents_.wish()}});
            },
            [this](const auto& response) { take_contents(response); }, none, Phase::Download});
    define("relay_put",
           {[this] { return ask_put(); }, [this](const auto& response) { take_put(response); },
            none, Phase::Upload});
    define("relay_hand",
           {[this] { return ask_import(); },
            [this](const auto& response) { take_import(response); }, none, Phase::Upload});
}

void RelayLadder::ask_at(const std::string& service, const std::string& step) {
    set_fact("url", service);
    go(step);
}

void RelayLadder::begin() {
    facts_ = Json(Json::Object{});
    set_fact("source", options_.source_url);
    set_fact("target", options_.target_url);
    set_fact("replica", id_.braced());
    Transaction transaction(geodatabase_.database());
    store_.make_tables();
    ask_at(options_.source_url, "relay_source");
    store_rung();
    transaction.commit();
}

/// A transfer that was cut off goes on where it was; anything before that is asked again.
bool RelayLadder::go_on() {
    const auto rung = store_.rung();
    if (!rung) return false;
    facts_ = rung->facts;
    const bool same = fact("source") == options_.source_url &&
                      fact("target") == options_.target_url && fact("replica") == id_.braced();
    if (!same) return false;
    const bool carries = rung->step == "relay_have";
    const bool handed = carries || rung->step == "relay_hand";
    if (!handed && !is_transfer(rung->step) && !is_item_step(rung->step)) return false;
    const bool needs_file = handed || is_item_step(rung->step);
    if (needs_file && is("file") && !std::filesystem::exists(item_file())) return false;
    report_.resumed = true;
    if (carries) {
        carry_contents(0);
    } else if (is_item_step(rung->step)) {
        go_on_with_item(rung->step);
    } else {
        go(rung->step);
    }
    return true;
}

void RelayLadder::take_source(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    const ServiceDescription service = read_service_description(*root, facts_url());
    set_fact("ours", service.deltas);
    set_fact("source_jobs", service.async);
    ask_at(options_.target_url, "relay_target");
}

void RelayLadder::take_target(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    const ServiceDescription service = read_service_description(*root, facts_url());
    if (!service.uploads || !service.takes_edits) {
        throw Error(Status::Unsupported,
                    "the service " + facts_url() + " takes no edits as an uploaded file");
    }
    set_fact("target_ours", service.deltas);
    set_fact("target_jobs", service.async);
    ask_at(options_.source_url, "relay_given");
}

void RelayLadder::take_end(const http::Response& response, bool target) {
    const auto info = good_answer(response, "replica " + id_.braced() + " of " + facts_url());
    if (!info) return;
    RelayEnd& end = target ? target_ : source_;
    end = read_relay_end(*info);
    if (!end.for_services) {
        throw Error(Status::InvalidArgument, "replica " + id_.braced() + " of " + facts_url() +
                                                 " is a device's, not a service's (targetType)");
    }
    if (!target) return ask_at(options_.target_url, "relay_taken");
    check_ends();
    set_fact("model", wire::name_of(target_.model));
    // The target's word counts: it stored the generation with the edits. Before it took any, it
    // holds what the source gave when the data set was made.
    RelayGenerations base = source_.own;
    for (const auto& [layer, generation] : target_.sibling) base[layer] = generation;
    if (base.empty()) {
        throw Error(Status::Protocol, "replica " + id_.braced() + " of " + options_.source_url +
                                          ": the service tells no generation");
    }
    set_fact("base", facts_of(base));
    set_fact("handing", false);
    ask_at(options_.source_url, "relay_pull");
}

void RelayLadder::check_ends() {
    if (source_.model != target_.model) {
        throw Error(Status::InvalidArgument,
                    "replica " + id_.braced() + " is " + std::string(wire::name_of(source_.model)) +
                        " at " + options_.source_url + " and " +
                        std::string(wire::name_of(target_.model)) + " at " + options_.target_url);
    }
    const auto refuse = [&](const std::string& url, const char* what) {
        throw Error(Status::InvalidArgument,
                    "replica " + id_.braced() + " of " + url + " " + what + " no edits");
    };
    if (source_.direction == SyncDirection::Upload) refuse(options_.source_url, "gives away");
    if (target_.direction == SyncDirection::Download) refuse(options_.target_url, "takes");
}

http::TransportRequest RelayLadder::ask_changes() const {
    const bool by_job = options_.async.value_or(false) && is("source_jobs");
    http::NameValues form{{"f", "json"},
                          {"replicaID", id_.braced()},
                          {"syncDirection", "download"},
                          {"transportType", "esriTransportTypeUrl"},
                          {"dataFormat", "sqlite"},
                          {"closeReplica", "false"},
                          {"async", by_job ? "true" : "false"}};
    if (is("ours")) form.emplace_back("rhumbFormat", "1");
    add_relay_download(form, model(), generations("base"));
    return post_saved("/synchronizeReplica", form);
}

void RelayLadder::take_changes(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) {
        if (is_as_announced(response.file()->path, facts_.find("answer"), fact("etag"))) {
            return put_up();
        }
        count_repetition();
        remove_part_file();
        set_fact("etag", "");
        return go_durably("fetch");
    }
    const Answer answer = read_answer(response, operation());
    remove_part_file();
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (step() != "fetch") return take_refusal(answer.error);
        count_repetition();  // the link expired
        return repeat_operation();
    }
    backoff_.succeeded();
    const RelayGenerations reached = relay_generations_of(answer.root, model());
    if (!reached.empty()) set_fact("reached", facts_of(reached));
    Transaction transaction(geodatabase_.database());
    const bool followed = follow(answer.root);
    transaction.commit();
    if (followed) return;
    const auto kind = wire::text_or_empty(answer.root.find_any_case("responseType"));
    if (answer.root.find_any_case("edits") != nullptr && kind != "esriReplicaResponseTypeNoEdits") {
        throw Error(Status::Unsupported,
                    "the service " + facts_url() + " gives its changes as JSON, not as a file");
    }
    // Nothing to carry; the target hears how far it is, so that the source may forget.
    if (reached.empty() || generations("base") == reached) return end();
    set_fact("file", false);
    set_fact("handing", true);
    set_fact("url", options_.target_url);
    go_durably("relay_hand");
}

void RelayLadder::put_up() {
    if (generations("reached").empty()) {
        throw Error(Status::Protocol, operation() + ": the answer has no generation");
    }
    backoff_.succeeded();
    std::filesystem::rename(part_file(), item_file());
    set_fact("file", true);
    set_fact("handing", true);
    set_fact("sends", 0);
    set_fact("batch", Uuid::random(geodatabase_.world().random).braced());
    set_fact("url", options_.target_url);
    go_durably("relay_have");
    carry_contents(0);
}

void RelayLadder::carry_contents(std::size_t passed) {
    const bool both_ours = is("ours") && is("target_ours");
    if (both_ours && contents_.begin(item_file(), passed)) {
        return ask_at(options_.target_url, "relay_have");
    }
    set_fact("url", options_.target_url);
    send_item(options_.part_bytes);
}

void RelayLadder::take_have(const http::Response& response) {
    const auto answer = good_answer(response, "rhumbContents/have of " + facts_url());
    if (!answer) return;
    contents_.take_have(*answer);
    if (!contents_.missing()) return carry_contents(contents_.passed());
    ask_at(options_.source_url, "relay_get");
}

void RelayLadder::take_contents(const http::Response& response) {
    const std::string what = "rhumbContents/get of " + facts_url();
    const bool is_pack = response.headers.get("Content-Type") == wire::kPackType;
    if (!is_pack) {
        Answer answer = read_answer(response, what);
        remove_part_file();
        if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
        if (answer.kind == Answer::Kind::Good) answer.why = what + ": the answer is no pack";
        return repeat(answer);
    }
    try {
        pack_ = contents_.take_pack(response);
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        remove_part_file();
        Answer answer;
        answer.kind = Answer::Kind::Useless;
        answer.why = what + ": " + error.message();
        return repeat(answer);
    }
    remove_part_file();
    backoff_.succeeded();
    ask_at(options_.target_url, pack_.empty() ? "relay_have" : "relay_put");
}

http::TransportRequest RelayLadder::ask_put() {
    http::TransportRequest request;
    request.method = "POST";
    request.url = url("/rhumbContents/put?f=json");
    request.headers.set("Content-Type", wire::kPackType);
    request.body = pack_;
    return request;
}

/// What arrived is asked for anew, whatever the answer says.
void RelayLadder::take_put(const http::Response& response) {
    if (!good_answer(response, "rhumbContents/put of " + facts_url())) return;
    pack_.clear();
    go("relay_have");
}

http::TransportRequest RelayLadder::ask_import() {
    // A target that is not ours tells what it refused once; whoever repeats does not hear it.
    set_fact("sends", wire::to_int64(facts_.find("sends")).value_or(0) + 1);
    go_durably("relay_hand");
    const bool file = is("file");
    const bool large =
        file && static_cast<std::int64_t>(rhumb::file_size(item_file())) > kLargeFile;
    const bool by_job = options_.async.value_or(large) && is("target_jobs");
    http::NameValues form{
        {"f", "json"},
        {"replicaID", id_.braced()},
        {"syncDirection", "upload"},
        {"transportType", is("target_ours") ? "esriTransportTypeEmbedded" : "esriTransportTypeUrl"},
        {"dataFormat", "json"},
        {"returnIdsForAdds", "false"},
        {"closeReplica", "false"},
        {"rollbackOnFailure", options_.rollback_on_failure ? "true" : "false"},
        {"async", by_job ? "true" : "false"}};
    if (is("target_ours")) {
        form.emplace_back("rhumbFormat", "1");
        if (file) form.emplace_back("rhumbBatchId", fact("batch"));
    }
    add_relay_upload(form, model(), generations("reached"));
    if (file) {
        form.emplace_back("editsUploadId", item());
        form.emplace_back("editsUploadFormat", "sqlite");
    } else {
        form.emplace_back("edits", "[]");
    }
    return post_saved("/synchronizeReplica", form);
}

void RelayLadder::take_import(const http::Response& response) {
    std::vector<RejectedEdit> refused;
    DownloadTaker taker;
    taker.result = [&](geodb::LayerId layer, geodb::NetEdit::Kind kind, const Json& json) {
        const wire::EditResult result = wire::read_edit_result(json);
        if (!result.success) refused.push_back(rejected_edit(geodatabase_, layer, kind, result));
    };
    const Answer answer = read_download(response, operation(), taker);
    const auto attachments = read_attachment_receipt(response, operation(), false).refused;
    remove_part_file();
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    if (answer.kind == Answer::Kind::Refused) {
        if (step() != "fetch") return take_refusal(answer.error);
        count_repetition();
        return repeat_operation();
    }
    backoff_.succeeded();
    {
        Transaction transaction(geodatabase_.database());
        const bool followed = follow(answer.root);
        transaction.commit();
        if (followed) return;
    }
    note_counts();
    report_.rejected = std::move(refused);
    for (const auto& [attachment, reason] : attachments) {
        AttachmentFailure failure;
        failure.attachment = attachment;
        failure.reason = reason;
        report_.attachments.failures.push_back(std::move(failure));
    }
    const bool unheard = !is("target_ours") && wire::to_int64(facts_.find("sends")).value_or(1) > 1;
    const bool refused_any = !report_.rejected.empty() || !attachments.empty();
    if (refused_any || unheard) keep_refused();
    end();
}

/// How much was carried, where the file is of the kind that we read.
void RelayLadder::note_counts() {
    if (!is("file") || !is("ours")) return;
    const delta::DeltaReader reader(item_file(), "the edits of " + options_.source_url);
    for (const delta::LayerHead& head : reader.header().layers) {
        if (delta::layer_of_attachments(head.terms.layer)) {
            report_.attachments.sent += head.counts.total();
            continue;
        }
        LayerCounts counts{head.terms.layer, "layer " + std::to_string(head.terms.layer.value)};
        counts.sent_inserts = head.counts.adds;
        counts.sent_updates = head.counts.updates;
        counts.sent_deletes = head.counts.deletes;
        report_.layers.push_back(std::move(counts));
    }
}

/// The target goes on from here, so what it would not take must not go with the file.
void RelayLadder::keep_refused() {
    if (!is("file")) return;
    std::filesystem::path kept = geodatabase_.path();
    kept +=
        ".refused-" + Uuid::random(geodatabase_.world().random).plain().substr(0, 8) + ".sqlite";
    std::filesystem::rename(item_file(), kept);
    const bool known = !report_.rejected.empty() || !report_.attachments.failures.empty();
    report_.notes.push_back((!known ? "what the target refused is not known, the file is kept: "
                                    : "the file with the refused edits is kept: ") +
                            kept.string());
}

void RelayLadder::end() {
    Transaction transaction(geodatabase_.database());
    store_.clear_rung();
    transaction.commit();
    remove_part_file();
    remove_quietly(item_file());
    finish();
}

void RelayLadder::take_refusal(const wire::ServiceError& error) {
    const std::string words = error.sentence();
    const auto says = [&](const char* part) { return words.find(part) != std::string::npos; };
    if (is("handing") && says("'editsUploadId'")) return send_item_again();
    // Another relay was quicker: what is here is old.
    const bool is_old = says("are in already") || says("begins after generation");
    if (!is("handing") || !is_old) throw_refused(operation(), error);
    backoff_.succeeded();
    count_repetition();
    remove_quietly(item_file());
    begin();
}

}  // namespace

std::unique_ptr<Ladder> relay_ladder(geodb::Geodatabase& state, const RelayOptions& options,
                                     OnProgress on_progress) {
    return std::make_unique<RelayLadder>(state, options, std::move(on_progress));
}

}  // namespace rhumb::sync
