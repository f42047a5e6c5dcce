// SPDX-License-Identifier: Apache-2.0
#include "store/segment.h"

#include <utility>

#include "store/paths.h"

namespace apogee::store {

Segment::Segment(std::string path, PhysicalOffset base, std::unique_ptr<File> file,
                 std::unique_ptr<Mapping> map)
    : path_(std::move(path)), base_(base), file_(std::move(file)), map_(std::move(map)) {}

Result<std::shared_ptr<Segment>> Segment::Open(Io* io, const std::string& dir, PhysicalOffset base,
                                               int64_t size) {
  const std::string path = dir + "/" + DataFileName(base);
  Result<std::unique_ptr<File>> file = io->Open(path, OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  Result<std::unique_ptr<Mapping>> map = file.value()->Map(size, MapMode::kReadOnly);
  if (!map.ok()) return map.status();
  return std::shared_ptr<Segment>(new Segment(path, base, file.take(), map.take()));
}

Result<std::shared_ptr<Segment>> Segment::Create(Io* io, const std::string& dir,
                                                 PhysicalOffset base, int64_t size) {
  const std::string path = dir + "/" + DataFileName(base);
  const auto create = [&]() -> Result<std::shared_ptr<Segment>> {
    if (Status status = io->CreateDirectories(dir); !status.ok()) return status;
    Result<std::unique_ptr<File>> file = io->Open(path, OpenMode::kCreate);
    if (!file.ok()) return file.status();
    // Full size first: a file of any other size would stop the next start of every broker.
    if (Status status = file.value()->Resize(size); !status.ok()) return status;
    if (Status status = file.value()->Allocate(0, size); !status.ok()) return status;
    if (Status status = file.value()->SyncData(); !status.ok()) return status;
    if (Status status = io->SyncDirectory(dir); !status.ok()) return status;
    Result<std::unique_ptr<Mapping>> map = file.value()->Map(size, MapMode::kReadOnly);
    if (!map.ok()) return map.status();
    return std::shared_ptr<Segment>(new Segment(path, base, file.take(), map.take()));
  };
  Result<std::shared_ptr<Segment>> segment = create();
  if (!segment.ok()) (void)io->Remove(path).ok();
  return segment;
}

}  // namespace apogee::store
