// The loader knows which segments are read only: those that it relocates are not among them.
#include "base/idle_memory.hpp"

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <span>

namespace gramsetu {

namespace {

using Segments = std::span<const ElfW(Phdr)>;

// Text that was relocated is no longer what the file says.
bool text_is_relocated(ElfW(Addr) base, Segments segments)
{
  for (const auto& segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(base + segment.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry)
      if (entry->d_tag == DT_TEXTREL ||
          (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL))
        return true;
  }
  return false;
}

// Called under the loader's lock: no object goes, and nothing else comes to its place, meanwhile.
int give_back_text(dl_phdr_info* object, std::size_t, void*)
{
  const Segments segments(object->dlpi_phdr, object->dlpi_phnum);
  if (text_is_relocated(object->dlpi_addr, segments)) return 0;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  for (const auto& segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_flags & PF_W) continue;
    // Whole pages of its own: at an end there may be something else.
    const auto from = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    const auto to = (object->dlpi_addr + segment.p_vaddr + segment.p_filesz) / page * page;
    if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  return 0;
}

std::chrono::nanoseconds length_of(const timeval& time)
{
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

} // namespace

void give_back_memory()
{
  malloc_trim(0);
  dl_iterate_phdr(give_back_text, nullptr);
}

Footprint footprint()
{
  Footprint now;
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0)
    now.processor = length_of(used.ru_utime) + length_of(used.ru_stime);
  std::ifstream file("/proc/self/statm");
  std::size_t mapped = 0, resident = 0;
  if (file >> mapped >> resident)
    now.resident = resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return now;
}

} // namespace gramsetu
