package io.sluice.s3;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operation, bucket and key of a request. Immutable; any thread may use it.
 *
 * <p>Among the rows of the method and level, those match whose conditions the request meets, and
 * the most specific one wins. Two matching rows of which neither contains the other's conditions
 * ({@code ?acl&policy}) are a conflict and refused as AWS does. A key that names a subresource the
 * winner does not know ({@code DELETE /bucket/key?acl}) is refused too, so that no request for a
 * subresource ever touches the object. Keys that no row names are ignored.
 */
public final class S3Router {
  /**
   * Keys that tell apart the operations of one subresource, and name none: alone they mean nothing,
   * and other operations ignore them.
   */
  private static final Set<String> QUALIFIERS = Set.of("id", "select-type", "x-id");

  private final Map<S3Method, Map<ResourceLevel, Slot>> slots = new EnumMap<>(S3Method.class);

  private final @Nullable String domainSuffix;

  /**
   * A router over the whole table.
   *
   * @param domain requests to {@code BUCKET.domain} are in virtual-host style; null: path style
   *     only
   */
  public S3Router(@Nullable String domain) {
    this.domainSuffix = domain == null ? null : "." + domain.toLowerCase(Locale.ROOT);
    for (S3Method method : S3Method.values()) {
      Map<ResourceLevel, Slot> byLevel = new EnumMap<>(ResourceLevel.class);
      for (ResourceLevel level : ResourceLevel.values()) {
        byLevel.put(level, Slot.of(method, level));
      }
      slots.put(method, byLevel);
    }
  }

  /**
   * Finds what a request asks for.
   *
   * @throws S3Exception InvalidURI, InvalidBucketName (only when the name is empty),
   *     KeyTooLongError, MethodNotAllowed, or InvalidArgument for subresources that exclude each
   *     other
   */
  public RoutedRequest route(RequestHead head) {
    ResourceAddress address = address(head);
    QueryParameters query = QueryParameters.parse(head.rawQuery());
    S3Method method = S3Method.of(head.method());
    if (method == null) {
      throw notAllowed(head, address);
    }
    S3Operation operation = slot(method, address.level()).select(query, head);
    if (operation == null) {
      throw notAllowed(head, address);
    }
    return new RoutedRequest(operation, address.bucket(), address.key(), query);
  }

  private Slot slot(S3Method method, ResourceLevel level) {
    return requireNonNull(requireNonNull(slots.get(method)).get(level));
  }

  private ResourceAddress address(RequestHead head) {
    String host = domainSuffix == null ? null : head.header("host");
    String bucket = host == null ? null : bucketOfHost(host);
    return bucket == null
        ? ResourceAddress.ofPath(head.rawPath())
        : ResourceAddress.inBucket(bucket, head.rawPath());
  }

  /**
   * Whether requests to that host are for one bucket, so that the path is a key and nothing else.
   *
   * @param host as in the Host header, with or without a port; null: there was none
   */
  public boolean isBucketHost(@Nullable String host) {
    return host != null && bucketOfHost(host) != null;
  }

  private @Nullable String bucketOfHost(String host) {
    int colon = host.lastIndexOf(':');
    int end = colon > host.lastIndexOf(']') ? colon : host.length();
    String name = host.substring(0, end).toLowerCase(Locale.ROOT);
    if (domainSuffix == null || !name.endsWith(domainSuffix)) {
      return null;
    }
    int length = name.length() - domainSuffix.length();
    return length == 0 ? null : name.substring(0, length);
  }

  private static S3Exception notAllowed(RequestHead head, ResourceAddress address) {
    return new S3Exception(S3ErrorCode.METHOD_NOT_ALLOWED)
        .with("Method", head.method())
        .with("ResourceType", address.level().name());
  }

  /** The rows of one method and level, those with more conditions first. */
  private record Slot(List<S3Operation> rows, Set<String> selecting, boolean ignoresQuery) {

    static Slot of(S3Method method, ResourceLevel level) {
      boolean reads = method == S3Method.GET || method == S3Method.HEAD;
      List<S3Operation> rows = new ArrayList<>();
      Set<String> selecting = new HashSet<>();
      for (S3Operation row : S3Operation.values()) {
        List<Discriminator.Condition> query = row.discriminator().query();
        if (row.method() == method && row.level() == level) {
          rows.add(row);
          query.forEach(condition -> selecting.add(condition.name()));
        } else if (!query.isEmpty() && (row.level() == level || !reads)) {
          // A subresource under another method is a subresource here as well. For writes one of
          // another level is, too: to abort an upload of the empty key must not delete the bucket.
          selecting.add(query.get(0).name());
        }
      }
      selecting.removeAll(QUALIFIERS);
      rows.sort(Comparator.comparingInt(row -> -row.discriminator().size()));
      // A preflight asks about the request to come, whose query it carries.
      return new Slot(List.copyOf(rows), Set.copyOf(selecting), method == S3Method.OPTIONS);
    }

    @Nullable S3Operation select(QueryParameters query, RequestHead head) {
      S3Operation winner = null;
      for (S3Operation row : rows) {
        if (!row.discriminator().matches(query, head)) {
          continue;
        }
        if (winner == null) {
          winner = row;
        } else if (!winner.discriminator().refines(row.discriminator())) {
          throw conflict(winner, row);
        }
      }
      return winner == null || understands(winner, query) ? winner : null;
    }

    private boolean understands(S3Operation winner, QueryParameters query) {
      if (ignoresQuery) {
        return true;
      }
      for (int i = 0; i < query.size(); i++) {
        String name = query.name(i);
        if (selecting.contains(name) && !winner.discriminator().uses(name)) {
          if (name.equals("list-type")) {
            throw new S3Exception(
                    S3ErrorCode.INVALID_ARGUMENT, "Invalid List Type specified in Request")
                .with("ArgumentName", name)
                .with("ArgumentValue", query.value(i));
          }
          return false;
        }
      }
      return true;
    }

    private static S3Exception conflict(S3Operation one, S3Operation other) {
      String names = describe(one) + ", " + describe(other);
      return new S3Exception(
              S3ErrorCode.INVALID_ARGUMENT, "Conflicting query string parameters: " + names)
          .with("ArgumentName", "ResourceType")
          .with("ArgumentValue", names);
    }

    private static String describe(S3Operation row) {
      List<Discriminator.Condition> query = row.discriminator().query();
      return query.isEmpty() ? String.valueOf(row.discriminator().header()) : query.get(0).name();
    }
  }
}
