package io.sluice.s3;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What in a request's query and headers selects an operation among those of the same method and
 * level. Written {@code name} for a query key that must be there, {@code name=value} for one that
 * must have that value.
 *
 * @param query the query conditions; the first one names the subresource
 * @param header a header that must be there, in lower case, or null
 */
public record Discriminator(List<Condition> query, @Nullable String header) {
  static final Discriminator NOTHING = new Discriminator(List.of(), null);

  /** A query key that must be there, with this value unless it is null. */
  public record Condition(String name, @Nullable String value) {
    static Condition parse(String text) {
      int equals = text.indexOf('=');
      return equals < 0
          ? new Condition(text, null)
          : new Condition(text.substring(0, equals), text.substring(equals + 1));
    }

    boolean holds(QueryParameters parameters) {
      return value == null ? parameters.has(name) : value.equals(parameters.get(name));
    }

    @Override
    public String toString() {
      return value == null ? name : name + "=" + value;
    }
  }

  static Discriminator of(String... conditions) {
    return new Discriminator(Arrays.stream(conditions).map(Condition::parse).toList(), null);
  }

  Discriminator withHeader(@Nullable String name) {
    return new Discriminator(query, name);
  }

  /** The number of conditions. */
  int size() {
    return query.size() + (header == null ? 0 : 1);
  }

  boolean matches(QueryParameters parameters, RequestHead head) {
    for (Condition condition : query) {
      if (!condition.holds(parameters)) {
        return false;
      }
    }
    return header == null || head.header(header) != null;
  }

  boolean uses(String key) {
    for (Condition condition : query) {
      if (condition.name().equals(key)) {
        return true;
      }
    }
    return false;
  }

  /** Whether every condition of the other is one of these. */
  boolean refines(Discriminator other) {
    return query.containsAll(other.query) && (other.header == null || other.header.equals(header));
  }
}
