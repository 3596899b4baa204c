package io.sluice.s3;

import io.sluice.s3.http.PercentCoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The decoded query of a request, in the order sent. A key without {@code =} has the empty value;
 * of a key that comes more than once, the first value counts. Immutable.
 */
public final class QueryParameters {
  public static final QueryParameters EMPTY = new QueryParameters(List.of());

  /** Names at even, values at odd positions. */
  private final List<String> pairs;

  private QueryParameters(List<String> pairs) {
    this.pairs = pairs;
  }

  /**
   * Reads a query; empty parts between two {@code &} are skipped.
   *
   * @param rawQuery as sent, without the question mark
   * @throws S3Exception InvalidURI for a broken percent escape or invalid UTF-8
   */
  public static QueryParameters parse(String rawQuery) {
    if (rawQuery.isEmpty()) {
      return EMPTY;
    }
    List<String> pairs = new ArrayList<>(8);
    int start = 0;
    while (start <= rawQuery.length()) {
      int ampersand = rawQuery.indexOf('&', start);
      int end = ampersand < 0 ? rawQuery.length() : ampersand;
      if (end > start) {
        int equals = rawQuery.indexOf('=', start);
        int nameEnd = equals < 0 || equals > end ? end : equals;
        pairs.add(PercentCoding.decodeUtf8(rawQuery.substring(start, nameEnd), true));
        pairs.add(
            nameEnd == end
                ? ""
                : PercentCoding.decodeUtf8(rawQuery.substring(nameEnd + 1, end), true));
      }
      start = end + 1;
    }
    return new QueryParameters(pairs);
  }

  /** The first value of this key (empty when it has none), or null when the key is absent. */
  public @Nullable String get(String name) {
    for (int i = 0; i < pairs.size(); i += 2) {
      if (pairs.get(i).equals(name)) {
        return pairs.get(i + 1);
      }
    }
    return null;
  }

  public boolean has(String name) {
    return get(name) != null;
  }

  /** The number of pairs. */
  public int size() {
    return pairs.size() / 2;
  }

  /** The key of the pair at this position, {@code 0 <= position < size()}. */
  public String name(int position) {
    return pairs.get(2 * position);
  }

  /** The value of the pair at this position, {@code 0 <= position < size()}. */
  public String value(int position) {
    return pairs.get(2 * position + 1);
  }

  @Override
  public String toString() {
    return pairs.toString();
  }
}
