// SPDX-License-Identifier: Apache-2.0
#include "disk-mapper/device_mapper.hpp"

#include <cerrno>

#include <libdevmapper.h>

#include "common/handle.hpp"

namespace asterism::disk_mapper {
namespace {

using DmTask = Handle<dm_task, ::dm_task_destroy>;

void be_quiet(int /*level*/, const char* /*file*/, int /*line*/, int /*class_or_errno*/, const char* /*format*/, ...) {}

std::unexpected<Error> task_error(const dm_task* task, std::string_view doing, const std::string& name) {
  const int number =
      task ? ::dm_task_get_errno(const_cast<dm_task*>(task)) : ENOMEM;  // NOLINT(*-const-cast): only read
  if (number == ENXIO) return fail(Errc::not_found, "{} device-mapper device '{}': there is none", doing, name);
  return std::unexpected{
      Error::from_errno(number == 0 ? EIO : number, std::format("{} device-mapper device '{}'", doing, name))};
}

Result<DmTask> make_task(int type, const std::string& name) {
  ::dm_log_with_errno_init(be_quiet);
  DmTask task{::dm_task_create(type)};
  if (!task || ::dm_task_set_name(task.get(), name.c_str()) == 0) return task_error(task.get(), "asking for", name);
  return task;
}

/// Runs a task that changes what devices there are, and waits for udev.
Result<> run(dm_task* task, std::string_view doing, const std::string& name) {
  std::uint32_t cookie = 0;
  // Nobody is to probe these devices: a block that was never written cannot be read, and what is in them is known.
  constexpr std::uint16_t flags =
      DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG;
  if (::dm_task_set_cookie(task, &cookie, flags) == 0) return task_error(task, doing, name);
  const int done = ::dm_task_run(task);
  const auto failure = done == 0 ? std::optional{task_error(task, doing, name)} : std::nullopt;
  ::dm_udev_wait(cookie);
  if (failure) return *failure;
  return {};
}

Result<> add_target(dm_task* task, const DmTable& table, std::string_view doing, const std::string& name) {
  if (::dm_task_add_target(task, 0, table.sectors, table.type.c_str(), table.parameters.c_str()) == 0)
    return task_error(task, doing, name);
  return {};
}

}  // namespace

Result<> dm_create(const std::string& name, const DmTable& table) {
  ASTERISM_TRY(const auto task, make_task(DM_DEVICE_CREATE, name));
  ASTERISM_CHECK(add_target(task.get(), table, "making", name));
  return run(task.get(), "making", name);
}

Result<> dm_replace(const std::string& name, const DmTable& table) {
  ASTERISM_TRY(const auto load, make_task(DM_DEVICE_RELOAD, name));
  ASTERISM_CHECK(add_target(load.get(), table, "loading a table for", name));
  if (::dm_task_run(load.get()) == 0) return task_error(load.get(), "loading a table for", name);
  ASTERISM_TRY(const auto resume, make_task(DM_DEVICE_RESUME, name));
  ::dm_task_skip_lockfs(resume.get());
  return run(resume.get(), "resuming", name);
}

Result<> dm_remove(const std::string& name) {
  ASTERISM_TRY(const auto task, make_task(DM_DEVICE_REMOVE, name));
  auto removed = run(task.get(), "removing", name);
  if (!removed && removed.error().code() == Errc::not_found) return {};
  return removed;
}

Result<std::optional<DmTable>> dm_table(const std::string& name) {
  ASTERISM_TRY(const auto task, make_task(DM_DEVICE_TABLE, name));
  if (::dm_task_run(task.get()) == 0) {
    auto error = task_error(task.get(), "reading the table of", name);
    if (error.error().code() == Errc::not_found) return std::optional<DmTable>{};
    return error;
  }
  std::uint64_t start = 0;
  std::uint64_t sectors = 0;
  char* type = nullptr;
  char* parameters = nullptr;
  void* const more = ::dm_get_next_target(task.get(), nullptr, &start, &sectors, &type, &parameters);
  if (more || start != 0) return fail(Errc::unsupported, "device-mapper device '{}' has several targets", name);
  if (!type) return std::optional<DmTable>{};
  return DmTable{.sectors = sectors, .type = type, .parameters = parameters ? parameters : ""};
}

std::string dm_path(const std::string& name) {
  return "/dev/mapper/" + name;
}

}  // namespace asterism::disk_mapper
