// SPDX-License-Identifier: Apache-2.0
//
// What the C API cannot make itself and its tests need: a file with layers, and a service.
//
// Their insides stay behind this header, so that the tests see nothing but the C API.

#pragma once

#include <functional>
#include <memory>
#include <string>

namespace rhumb::test {

/// A geodatabase with the layers 0 trees (points, a field of most types) and 1 visits (a table).
class FieldFile {
public:
    FieldFile();
    ~FieldFile();
    const std::string& path() const { return path_; }
    /// Path of another file in the same folder, which goes away with it.
    std::string beside(const std::string& name) const;
    /// Another program's SQL on the file.
    void foreign(const std::string& sql) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::string path_;
};

/// The service "field" with 0 trees and 1 visits, on a port of this machine.
class FieldService {
public:
    FieldService();
    ~FieldService();
    /// …/FeatureServer
    const std::string& url() const { return url_; }
    void add_tree(const std::string& species, double x, double y);
    void set_species(const std::string& global_id, const std::string& species);
    /// SQL by another program, e.g. a trigger.
    void rule(const std::string& sql);
    /// "elm oak", by name.
    std::string species() const;
    /// Called before each request is handled, with its path; from the listener's threads.
    void before_each(std::function<void(const std::string& path)> call);

    struct Answer {
        int status;
        std::string content_type;
        std::string body;
    };
    /// The same without a socket.
    Answer handle(const std::string& method, const std::string& target,
                  const std::string& content_type, const std::string& body);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::string url_;
};

}  // namespace rhumb::test
