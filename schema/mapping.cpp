// Running a compiled mapping: remote document to record, and back.
#include "schema/mapping.hpp"

#include "schema/mapping_plan.hpp"
#include "schema/node_reader.hpp"
#include "schema/record_check.hpp"

#include <fmt/format.h>

#include <utility>

namespace gramsetu::schema {

namespace {

using Values = std::vector<const Value*>; // by the numbers of a SourceTree

// What is there for one field, and where it was found.
struct Found {
  const Value* value = nullptr;
  const Source* source = nullptr;
};

Found find(const FieldPlan& plan, const Values& values)
{
  for (const auto& source : plan.from)
    if (const auto* value = values[source.number]) return {value, &source};
  return {};
}

// Reads one document, or one item of a list in it.
class Reader {
public:
  explicit Reader(Mapping::Staged& staged) : staged_(staged) {}

  // The canonical value; absent when the document does not say, or after a problem.
  Value read(const FieldSpec& field, const FieldPlan& plan, const Values& values,
             const std::string& prefix)
  {
    const Found found = find(plan, values);
    if (!found.value) return plan.default_value;
    auto decoded = decode_field(field, plan.codec, *found.value);
    if (decoded.problem)
      return complain(std::move(*decoded.problem), prefix + found.source->pointer);
    if (plan.each && decoded.value.is_list())
      decoded.value = read_items(*plan.each, found.value->list(), prefix + found.source->pointer);
    if (decoded.value.is_null() && !plan.default_value.is_absent()) return plan.default_value;
    if (plan.is_checked)
      if (auto fault = check_value(field, decoded.value))
        return complain({"", std::move(fault->code), std::move(fault->text)},
                        prefix + found.source->pointer);
    return std::move(decoded.value);
  }

private:
  Value complain(Problem problem, std::string pointer)
  {
    problem.pointer = std::move(pointer);
    staged_.problems.push_back(std::move(problem));
    return {};
  }

  Value read_items(const ItemPlans& plans, const List& list, const std::string& pointer)
  {
    List items;
    items.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string here = pointer + '/' + std::to_string(i);
      if (!list[i].is_object()) {
        complain({"", "wrong_type",
                  fmt::format("an item must be an object, not {}", name_of(list[i].kind()))},
                 here);
        continue;
      }
      const Values values = plans.sources.walk(list[i], here, staged_.unknown);
      Object item;
      for (const auto& member : plans.members) {
        if (!member.pulls) continue;
        Value value = read(member.spec, member, values, here);
        if (!value.is_absent()) item.append(member.spec.name, std::move(value));
      }
      items.emplace_back(std::move(item));
    }
    return Value(std::move(items));
  }

  Mapping::Staged& staged_;
};

Value write_items(const ItemPlans& plans, const List& list);

void write_field(const FieldSpec& field, const FieldPlan& plan, const Value& value, Value& remote)
{
  if (plan.constant || !value.is_absent())
    // It cannot be in the way of itself: `check_targets` has seen to that.
    set_at_pointer(remote, plan.from.front().pointer,
                   plan.constant                  ? *plan.constant
                   : plan.each && value.is_list() ? write_items(*plan.each, value.list())
                                                  : encode_field(field, plan.codec, value));
}

Value write_items(const ItemPlans& plans, const List& list)
{
  List items;
  items.reserve(list.size());
  for (const auto& item : list) {
    Value remote{Object()};
    for (const auto& member : plans.members) {
      const auto* value = item.is_object() ? item.object().find(member.spec.name) : nullptr;
      if (member.pushes) write_field(member.spec, member, value ? *value : Value(), remote);
    }
    items.push_back(std::move(remote));
  }
  return Value(std::move(items));
}

} // namespace

std::unique_ptr<Mapping> Mapping::compile(const Entity& entity, const Node& fields,
                                          std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  auto impl = std::make_unique<Impl>();
  impl->entity = &entity;
  impl->plans = read_plans(entity, fields, findings);
  impl->sources = number_sources(impl->plans);
  impl->pulled.assign(entity.fields.size(), false);
  impl->pushed.assign(entity.fields.size(), false);
  for (const auto& plan : impl->plans) {
    if (plan.pulls) impl->pulled[plan.field] = true;
    if (plan.pushes && !plan.constant) impl->pushed[plan.field] = true;
  }
  if (!reader.clean()) return nullptr;
  for (const auto key : entity.key)
    if (!impl->pulled[key] && !impl->pushed[key] && !entity.fields[key].key_optional)
      reader.report(
          fields.place,
          fmt::format("key field '{}' of {} is not mapped", entity.fields[key].name, entity.name),
          "without it records cannot be told apart");
  if (!reader.clean()) return nullptr;
  return std::unique_ptr<Mapping>(new Mapping(std::move(impl)));
}

Mapping::Mapping(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mapping::~Mapping() = default;

Mapping::Staged Mapping::to_record(const Value& remote) const
{
  Staged staged;
  staged.record = Record(*impl_->entity);
  if (!remote.is_object()) {
    if (!remote.is_absent()) // a bare tombstone has no body
      staged.problems.push_back(
          {"", "wrong_type",
           fmt::format("a record must be an object, not {}", name_of(remote.kind()))});
    return staged;
  }
  const Values values = impl_->sources.walk(remote, {}, staged.unknown);
  Reader reader(staged);
  for (const auto& plan : impl_->plans)
    if (plan.pulls)
      staged.record.fields[plan.field] =
          reader.read(impl_->entity->fields[plan.field], plan, values, {});
  return staged;
}

Value Mapping::to_remote(const Record& record, const FieldSet& fields) const
{
  Value remote{Object()};
  for (const auto& plan : impl_->plans)
    if (plan.pushes && (plan.constant || fields[plan.field]))
      write_field(impl_->entity->fields[plan.field], plan, record.fields[plan.field], remote);
  return remote;
}

const FieldSet& Mapping::pulled() const
{
  return impl_->pulled;
}

const FieldSet& Mapping::pushed() const
{
  return impl_->pushed;
}

std::vector<std::string> Mapping::pointers(std::size_t field) const
{
  std::vector<std::string> all;
  for (const auto& plan : impl_->plans)
    if (plan.field == field)
      for (const auto& source : plan.from)
        all.push_back(source.pointer);
  return all;
}

std::optional<std::string> Mapping::sole_pointer(std::size_t field) const
{
  std::optional<std::string> sole;
  for (const auto& plan : impl_->plans) {
    if (plan.field != field || !plan.pulls) continue;
    const bool plain = plan.from.size() == 1 && plan.codec.in.empty() && !plan.each &&
                       !plan.constant && plan.default_value.is_absent();
    if (!plain || sole) return std::nullopt;
    sole = plan.from.front().pointer;
  }
  return sole;
}

} // namespace gramsetu::schema
