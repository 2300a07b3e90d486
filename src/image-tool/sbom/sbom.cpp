// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/sbom.hpp"

#include <set>

#include "common/fs.hpp"
#include "image-tool/sbom/locked_packages.hpp"
#include "image-tool/sbom/package_licence.hpp"
#include "image-tool/sbom/programs.hpp"
#include "image-tool/sbom/spdx_document.hpp"

namespace asterism::image_tool {
namespace {

constexpr std::uint64_t manifest_maximum_bytes = std::uint64_t{4} << 20;
constexpr const char* image_id = "SPDXRef-Image";
constexpr const char* initrd_id = "SPDXRef-Initramfs";
constexpr const char* kubelet_id = "SPDXRef-Kubelet";
constexpr const char* own_licence = "Apache-2.0";
constexpr const char* own_supplier = "Organization: Asterism";

std::string deb_id(const LockedInput& input) {
  return std::format("SPDXRef-Package-{}-{}-{}", spdx_id_part(input.name), spdx_id_part(input.version),
                     spdx_id_part(input.architecture));
}

class SbomMaker {
 public:
  SbomMaker(const SbomRequest& request, LockedPackages packages) : request_{request}, packages_{std::move(packages)} {}

  Result<std::string> make() {
    ASTERISM_TRY(const PackageList image, read_list(request_.image_manifest));
    ASTERISM_TRY(const PackageList initrd, read_list(request_.initrd_manifest));
    distribution_ = image.distribution;
    release_ = image.release;
    ASTERISM_CHECK(add_trees());
    ASTERISM_TRY(const auto in_image, indices_of(image, "image"));
    ASTERISM_TRY(const auto in_initrd, indices_of(initrd, "initrd"));
    std::set<std::size_t> shipped = in_image;
    shipped.insert(in_initrd.begin(), in_initrd.end());
    ASTERISM_CHECK(packages_.read({shipped.begin(), shipped.end()}));
    for (const std::size_t index : shipped)
      ASTERISM_CHECK(add_shipped(index));
    for (const std::size_t index : in_image)
      contains(image_id, index);
    for (const std::size_t index : in_initrd)
      contains(initrd_id, index);
    ASTERISM_CHECK(add_tools());
    ASTERISM_CHECK(add_programs());
    ASTERISM_CHECK(add_kubelet());
    return document_.to_text(std::format("{}-{}", request_.name, request_.version), request_.created, request_.creator);
  }

 private:
  static Result<PackageList> read_list(const std::string& path) {
    ASTERISM_TRY(const std::string text, read_text_file(path, manifest_maximum_bytes));
    ASTERISM_TRY(PackageList list, parse_package_list(text), "'{}'", printable(path));
    return list;
  }

  Result<std::set<std::size_t>> indices_of(const PackageList& list, std::string_view set) const {
    std::set<std::size_t> indices;
    for (const InstalledPackage& package : list.packages) {
      ASTERISM_TRY(const std::size_t index, packages_.find(package, set));
      indices.insert(index);
    }
    return indices;
  }

  void contains(const char* tree, std::size_t index) {
    document_.relate(tree, "CONTAINS", deb_id(packages_.inputs()[index]));
  }

  /// The image, and the initramfs in it.
  Result<> add_trees() {
    SpdxPackage tree{.id = image_id,
                     .name = request_.name,
                     .version = request_.version,
                     .purpose = "OPERATING-SYSTEM",
                     .supplier = own_supplier};
    ASTERISM_CHECK(document_.add_package(tree));
    tree.id = initrd_id;
    tree.name += "-initramfs";
    tree.purpose = "ARCHIVE";
    ASTERISM_CHECK(document_.add_package(tree));
    document_.relate(std::string{spdx_document_id}, "DESCRIBES", image_id);
    document_.relate(image_id, "CONTAINS", initrd_id);
    return {};
  }

  [[nodiscard]] std::string purl(std::string_view name, std::string_view version, std::string_view architecture) const {
    return std::format("pkg:deb/{}/{}@{}?arch={}&distro={}", purl_part(distribution_), purl_part(name),
                       purl_part(version), purl_part(architecture), purl_part(release_));
  }

  [[nodiscard]] SpdxPackage package_of(const LockedInput& input) const {
    const bool is_source = input.kind == LockedInput::Kind::source;
    return {.id = is_source ? "SPDXRef-Source-" + spdx_id_part(input.file_name()) : deb_id(input),
            .name = input.name,
            .version = input.version,
            .purpose = is_source ? "SOURCE" : "",
            .supplier = "Organization: Debian",
            .file_name = std::string{input.file_name()},
            .sha256 = input.sha256,
            .source_info = std::format("{} {}", input.archive, input.path),
            .purl = purl(input.name, input.version, is_source ? "source" : input.architecture)};
  }

  /// A package of the image or of the initramfs, its licence, and the source that it was built from.
  Result<> add_shipped(std::size_t index) {
    const LockedInput& input = packages_.inputs()[index];
    SpdxPackage package = package_of(input);
    ASTERISM_TRY(const std::string copyright, packages_.copyright(index));
    ASTERISM_TRY(const DeclaredLicence licence, declared_licence(copyright));
    package.licence_declared = licence.expression;
    for (const auto& [id, own] : licence.own)
      document_.add_licence(id, own.name, own.text);
    ASTERISM_CHECK(document_.add_package(package));
    const DebFacts& facts = packages_.facts(index);
    const std::string source =
        std::format("SPDXRef-Source-{}-{}", spdx_id_part(facts.source), spdx_id_part(facts.source_version));
    if (!document_.has_package(source)) {
      ASTERISM_CHECK(document_.add_package({.id = source,
                                            .name = facts.source,
                                            .version = facts.source_version,
                                            .purpose = "SOURCE",
                                            .supplier = "Organization: Debian",
                                            .purl = purl(facts.source, facts.source_version, "source")}));
    }
    document_.relate(package.id, "GENERATED_FROM", source);
    return {};
  }

  /// What the image was built with; licences of tools do not reach it, so they are not looked up.
  Result<> add_tools() {
    for (const LockedInput& input : packages_.inputs()) {
      if (!input.is_in("tools") && !input.is_in("self")) continue;
      const SpdxPackage package = package_of(input);
      if (!document_.has_package(package.id)) ASTERISM_CHECK(document_.add_package(package));
      document_.relate(package.id, "BUILD_TOOL_OF", image_id);
    }
    return {};
  }

  Result<> add_programs() {
    ASTERISM_TRY(const auto programs, find_programs(request_.programs));
    for (const Program& program : programs) {
      const std::string_view component = to_string(program.component);
      const std::string name = program.path.substr(program.path.rfind('/') + 1);
      const SpdxPackage package{
          .id = std::format("SPDXRef-Program-{}-{}", component, spdx_id_part(program.path)),
          .name = name,
          .version = request_.version,
          .purpose = "APPLICATION",
          .supplier = own_supplier,
          .file_name = program.path,
          .sha256 = program.sha256,
          .licence_declared = own_licence,
          .purl = std::format("pkg:generic/asterism/{}@{}", purl_part(name), purl_part(request_.version))};
      ASTERISM_CHECK(document_.add_package(package));
      switch (program.component) {
        case Component::root:
          document_.relate(image_id, "CONTAINS", package.id);
          break;
        case Component::initrd:
          document_.relate(initrd_id, "CONTAINS", package.id);
          break;
        case Component::host:
          document_.relate(package.id, "BUILD_TOOL_OF", image_id);
          break;
      }
    }
    return {};
  }

  Result<> add_kubelet() {
    const bool built = request_.kubelet_origin == KubeletOrigin::archive;
    ASTERISM_TRY(const std::string sha256, file_sha256(request_.kubelet));
    const SpdxPackage kubelet{
        .id = kubelet_id,
        .name = "kubelet",
        .version = request_.kubelet_version,
        .purpose = "APPLICATION",
        .supplier = built ? own_supplier : "Organization: The Kubernetes Authors",
        .file_name = "usr/bin/kubelet",
        .sha256 = sha256,
        .source_info = built ? "built from the archive's source package" : "the upstream release binary",
        .licence_declared = "Apache-2.0",
        .purl = std::format("pkg:golang/k8s.io/kubernetes@v{}#cmd/kubelet", purl_part(request_.kubelet_version))};
    ASTERISM_CHECK(document_.add_package(kubelet));
    document_.relate(image_id, "CONTAINS", kubelet.id);
    if (!built) return {};
    bool found = false;
    for (const LockedInput& input : packages_.inputs()) {
      if (input.kind != LockedInput::Kind::source || input.name != "kubernetes") continue;
      const SpdxPackage source = package_of(input);
      ASTERISM_CHECK(document_.add_package(source));
      document_.relate(kubelet.id, "GENERATED_FROM", source.id);
      found = true;
    }
    if (!found) return fail(Errc::unverified, "the lock has no source 'kubernetes' that kubelet is built from");
    return {};
  }

  const SbomRequest& request_;
  LockedPackages packages_;
  SpdxDocument document_;
  std::string distribution_;
  std::string release_;
};

}  // namespace

Result<std::string> make_sbom(const SbomRequest& request) {
  ASTERISM_TRY(LockedPackages packages, LockedPackages::open(request.lock, DebReader{request.store, request.cache}));
  return SbomMaker{request, std::move(packages)}.make();
}

}  // namespace asterism::image_tool
