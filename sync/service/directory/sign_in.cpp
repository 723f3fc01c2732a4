// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/sign_in.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/service/directory/html.hpp"
#include "sync/service/directory/html_answer.hpp"
#include "sync/service/security/refusals.hpp"
#include "sync/service/security/request_origin.hpp"
#include "sync/service/security/session_cookie.hpp"

#include <algorithm>

namespace rhumb::service::directory {
namespace {

constexpr std::size_t kLongestTarget = 8192;

std::string cookie_path(const Visitor& visitor) {
    return visitor.context + "/rest";
}

bool is_path(const http::Request& request, const std::string& wanted) {
    std::string_view path = request.path();
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    return equal_ignoring_case(path, wanted);
}

/// The page asked for, to come back to. A form that was sent is come back to as it was at first.
std::string here(const http::Request& request) {
    const std::string path(request.path());
    if (request.method != "GET" && request.method != "HEAD") return path;
    http::NameValues kept;
    for (auto& [name, value] : http::parse_form(request.query())) {
        if (!equal_ignoring_case(name, "token"))
            kept.emplace_back(std::move(name), std::move(value));
    }
    return kept.empty() ? path : path + "?" + http::encode_form(kept);
}

/// What stands above the form.
struct Notice {
    std::string text;
    bool is_error = false;
};

http::Response form_page(const Security& security, const http::Request& request,
                         const Visitor& visitor, const Notice& notice, const std::string& user,
                         const std::string& back, int status = 200) {
    Page page("Sign in");
    if (!notice.text.empty()) {
        page.markup(notice.is_error ? "<div class=\"error\"><p>" : "<div><p>");
        page.text(notice.text).markup("</p></div>");
    }
    if (!security.takes_passwords(request)) {
        page.markup("<p>").text("Passwords are taken over https only.").markup("</p>");
        return html_answer(page.finish({{"Services", visitor.root()}}, {}), status);
    }
    page.markup("<form method=\"post\" action=\"" + escaped(visitor.context) + "/rest/login\">");
    page.markup(
        "<label for=\"username\">User</label><input type=\"text\" id=\"username\" "
        "name=\"username\" autocomplete=\"username\" autofocus value=\"" +
        escaped(user) + "\">");
    page.markup(
        "<label for=\"password\">Password</label><input type=\"password\" id=\"password\" "
        "name=\"password\" autocomplete=\"current-password\">");
    page.markup("<input type=\"hidden\" name=\"redirect\" value=\"" + escaped(back) + "\">");
    page.markup("<div><button>Sign in</button></div></form>");
    http::Response response = html_answer(page.finish({{"Services", visitor.root()}}, {}), status);
    response.headers.set("Cache-Control", "no-store");
    return response;
}

http::Response led_to(const std::string& target) {
    http::Response response = http::text_response("", "text/html; charset=utf-8", 303);
    response.headers.set("Location", target);
    response.headers.set("Cache-Control", "no-store");
    return response;
}

/// A foreign page could sign somebody in as somebody else, or out.
void refuse_foreign(const http::Request& request, std::string_view what) {
    if (is_from_own_page(request)) return;
    throw not_permitted(std::string(what) +
                        " wants the form of this server's own page: by its "
                        "headers this request is of another one than '" +
                        origin_of(request) + "' (behind a proxy, 'trustedProxies' must name it)");
}

std::string seconds_of(std::int64_t wait_ms) {
    return std::to_string((wait_ms + 999) / 1000);
}

}  // namespace

bool is_login(const http::Request& request, const std::string& context) {
    return is_path(request, context + "/rest/login");
}

bool is_logout(const http::Request& request, const std::string& context) {
    return is_path(request, context + "/rest/logout");
}

std::string return_target(std::string_view wished, const Visitor& visitor) {
    const std::string below = visitor.context + "/rest/";
    const std::string_view path = wished.substr(0, wished.find('?'));
    const bool odd = std::any_of(wished.begin(), wished.end(), [](unsigned char c) {
        return c <= 0x20 || c >= 0x7f || c == '\\' || c == '#';
    });
    const bool strays = path.find("//") != std::string_view::npos ||
                        path.find("/.") != std::string_view::npos ||
                        lowered(path).find("%2e") != std::string::npos;
    if (odd || strays || wished.size() > kLongestTarget ||
        !equal_ignoring_case(path.substr(0, below.size()), below)) {
        return visitor.root();
    }
    return std::string(wished);
}

http::Response login(Security& security, const http::Request& request,
                     const http::Parameters& parameters, const Visitor& visitor,
                     RequestFacts& facts) {
    facts.operation = "login";
    const std::string back = return_target(parameters.get("redirect"), visitor);
    if (request.method != "POST") return form_page(security, request, visitor, {}, "", back);
    const std::string name = excerpt(parameters.get("username"), kMostUserBytes);
    try {
        refuse_foreign(request, "signing in");
        const SignIn done = security.begin_session(request, parameters);
        if (done.wait_ms > 0) {
            facts.error = 429;
            const std::string seconds = seconds_of(done.wait_ms);
            http::Response later =
                form_page(security, request, visitor,
                          {"Too many sign-ins have failed. Try again in " + seconds + " s.", true},
                          name, back, 429);
            later.headers.set("Retry-After", seconds);
            return later;
        }
        facts.user = done.user;
        http::Response response = led_to(back);
        response.headers.set("Set-Cookie",
                             session_cookie(request, cookie_path(visitor), done.token));
        return response;
    } catch (const Error& error) {
        if (error.detail_code() != 400 && error.detail_code() != 403) throw;
        facts.error = error.detail_code();
        return form_page(security, request, visitor, {error.message(), true}, name, back);
    }
}

http::Response logout(const http::Request& request, const Visitor& visitor, RequestFacts& facts) {
    facts.operation = "logout";
    if (request.method != "POST") {
        throw Error(Status::InvalidArgument, "logout must be called with POST.").with_code(405);
    }
    refuse_foreign(request, "signing out");
    http::Response response = led_to(visitor.root());
    response.headers.set("Set-Cookie", ended_session_cookie(request, cookie_path(visitor)));
    return response;
}

http::Response ask_to_sign_in(const Security& security, const http::Request& request,
                              const Visitor& visitor, std::int64_t code) {
    const bool ended = code == 498;
    const bool unused = !ended && !session_token(request).empty();
    const char* why = "This page is for those who sign in.";
    if (ended) why = "Your sign-in is over. Please sign in again.";
    if (unused) why = "Your sign-in was not used: no page of this server has sent this.";
    http::Response response = form_page(security, request, visitor, {why, unused}, "",
                                        return_target(here(request), visitor));
    // Without its cookie the browser is nobody, and may see what is for everybody.
    if (ended && !session_token(request).empty()) {
        response.headers.set("Set-Cookie", ended_session_cookie(request, cookie_path(visitor)));
    }
    return response;
}

std::string corner_of(const http::Request& request, const Visitor& visitor) {
    if (!visitor.may_sign_in) return {};
    if (visitor.user.empty()) {
        return "<a href=\"" + escaped(visitor.context) + "/rest/login?redirect=" +
               http::percent_encode(return_target(here(request), visitor)) + "\">Sign in</a>";
    }
    const std::string user = "<span>" + escaped(visitor.user) + "</span>";
    if (!visitor.by_session) return user;
    return "<form method=\"post\" action=\"" + escaped(visitor.context) + "/rest/logout\">" + user +
           " <button>Sign out</button></form>";
}

}  // namespace rhumb::service::directory
