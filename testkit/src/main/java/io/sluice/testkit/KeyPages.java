package io.sluice.testkit;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;

/** One page of a listing by prefix and delimiter, over rows in byte order. */
final class KeyPages {
  /** A page: entries and common prefixes, each in byte order. */
  static final class Page<T> {
    final List<T> entries = new ArrayList<>();
    final List<ByteString> commonPrefixes = new ArrayList<>();
    boolean truncated;
    ByteString next = ByteString.EMPTY;

    int size() {
      return entries.size() + commonPrefixes.size();
    }
  }

  private KeyPages() {}

  static <T> Page<T> list(
      NavigableMap<ByteString, T> rows,
      ByteString prefix,
      ByteString delimiter,
      ByteString startAfter,
      int max) {
    Page<T> page = new Page<>();
    ByteString lastPrefix = ByteString.EMPTY;
    for (var row : rows.tailMap(startAfter, startAfter.isEmpty()).entrySet()) {
      ByteString key = row.getKey();
      if (!key.startsWith(prefix)) {
        continue;
      }
      ByteString common = commonPrefix(key, prefix, delimiter);
      boolean given = !common.isEmpty() && (common.equals(lastPrefix) || common.equals(startAfter));
      if (given) {
        continue;
      }
      if (page.size() == max) {
        page.truncated = max > 0;
        break;
      }
      if (common.isEmpty()) {
        page.entries.add(row.getValue());
        page.next = key;
      } else {
        page.commonPrefixes.add(common);
        lastPrefix = common;
        page.next = common;
      }
    }
    if (!page.truncated) {
      page.next = ByteString.EMPTY;
    }
    return page;
  }

  private static ByteString commonPrefix(ByteString key, ByteString prefix, ByteString delimiter) {
    if (delimiter.isEmpty()) {
      return ByteString.EMPTY;
    }
    for (int i = prefix.size(); i + delimiter.size() <= key.size(); i++) {
      if (key.substring(i).startsWith(delimiter)) {
        return key.substring(0, i + delimiter.size());
      }
    }
    return ByteString.EMPTY;
  }
}
