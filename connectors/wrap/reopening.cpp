// One connector after another behind one name.
#include "connectors/wrap/reopening.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <mutex>
#include <tuple>

namespace gramsetu::connectors::wrap {

namespace {

// What tells one content of a file from the next, without reading it.
using Mark = std::tuple<ino_t, off_t, time_t, long>;

Mark mark_of(const std::string& path)
{
  struct stat about {};
  if (path.empty() || ::stat(path.c_str(), &about) != 0) return {};
  return {about.st_ino, about.st_size, about.st_mtim.tv_sec, about.st_mtim.tv_nsec};
}

bool is_locked_out(const Receipt& receipt)
{
  return receipt.outcome == Receipt::Outcome::not_sent &&
         receipt.error.kind == ErrorKind::unauthorized;
}

class Reopening final : public Connector {
public:
  Reopening(std::unique_ptr<Connector> inner, EndpointSettings settings, Log log, Reopen reopen)
      : log_(std::move(log)),
        reopen_(std::move(reopen)),
        settings_(std::move(settings)),
        mark_(mark_of(settings_.tls.certificate)),
        inner_(std::move(inner))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    return present()->capabilities(stream);
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return let_in([&](Connector& inner) { return inner.pull(request, stop); });
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    look_at_certificate();
    const auto inner = present();
    auto receipts = inner->push(stream, intents, stop);
    const bool out =
        !receipts.empty() && std::all_of(receipts.begin(), receipts.end(), is_locked_out);
    if (!out || !look_at_secrets(inner.get())) return receipts;
    return present()->push(stream, intents, stop);
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return let_in([&](Connector& inner) { return inner.probe(stream, references, stop); });
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return let_in([&](Connector& inner) { return inner.reach(stop); });
  }

  std::optional<ClockReading> clock() const override { return present()->clock(); }

private:
  std::shared_ptr<Connector> present() const
  {
    const std::lock_guard lock(mutex_);
    return inner_;
  }

  template <typename Call>
  auto let_in(const Call& call) -> decltype(call(std::declval<Connector&>()))
  {
    look_at_certificate();
    const auto inner = present();
    auto result = call(*inner);
    if (result || result.error().kind != ErrorKind::unauthorized) return result;
    if (!look_at_secrets(inner.get())) return result;
    return call(*present());
  }

  void look_at_certificate()
  {
    if (certificate_.empty()) return;
    const Mark mark = mark_of(certificate_);
    const std::lock_guard lock(mutex_);
    if (mark == mark_) return;
    if (mark != refused_) reopen(reopen_.renewed(settings_).value_or(settings_), mark);
    // The certificate was refused, perhaps because its key was not there yet.
    else if (auto renewed = reopen_.renewed(settings_))
      reopen(std::move(*renewed), mark);
  }

  // True when there is another connector than `used` to ask.
  bool look_at_secrets(const Connector* used)
  {
    const std::lock_guard lock(mutex_);
    if (inner_.get() != used) return true; // another thread was here
    auto renewed = reopen_.renewed(settings_);
    return renewed && reopen(std::move(*renewed), mark_of(certificate_));
  }

  bool reopen(EndpointSettings settings, const Mark& mark)
  {
    auto opened = reopen_.open(settings);
    if (!opened) {
      if (mark != refused_ || mark == mark_)
        log_.event(Event::config_rejected,
                   "a changed secret or certificate cannot be used, the one before stays: " +
                       opened.error().what);
      refused_ = mark;
      return false;
    }
    inner_ = std::move(*opened);
    settings_ = std::move(settings);
    mark_ = mark;
    log_.event(Event::hub_reloaded, "a changed secret or certificate is in use");
    return true;
  }

  const Log log_;
  const Reopen reopen_;
  mutable std::mutex mutex_; // guards all below but `certificate_`
  EndpointSettings settings_;
  const std::string certificate_ = settings_.tls.certificate;
  Mark mark_, refused_{}; // of the certificate in use, and of one that could not be used
  std::shared_ptr<Connector> inner_;
};

} // namespace

std::unique_ptr<Connector> reopening(std::unique_ptr<Connector> inner, EndpointSettings settings,
                                     Log log, Reopen reopen)
{
  return std::make_unique<Reopening>(std::move(inner), std::move(settings), std::move(log),
                                     std::move(reopen));
}

} // namespace gramsetu::connectors::wrap
