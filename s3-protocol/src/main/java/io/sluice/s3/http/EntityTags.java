package io.sluice.s3.http;

import java.util.ArrayList;
import java.util.List;

/**
 * The value of {@code If-Match} or {@code If-None-Match}: {@code *}, or tags. S3 takes tags without
 * their quotes, too.
 */
record EntityTags(boolean any, List<Tag> tags) {

  /** A tag without its quotes. */
  record Tag(String value, boolean weak) {}

  static EntityTags parse(String header) {
    List<Tag> tags = new ArrayList<>();
    int at = 0;
    while (at < header.length()) {
      char c = header.charAt(at);
      if (c == ',' || c == ' ' || c == '\t') {
        at++;
        continue;
      }
      boolean weak = header.startsWith("W/", at);
      int start = weak ? at + 2 : at;
      boolean quoted = start < header.length() && header.charAt(start) == '"';
      int from = quoted ? start + 1 : start;
      int to = header.indexOf(quoted ? '"' : ',', from);
      if (to < 0) {
        to = header.length();
      }
      tags.add(new Tag(header.substring(from, to).strip(), weak));
      at = to + 1;
    }
    boolean any = tags.size() == 1 && header.strip().equals("*");
    return new EntityTags(any, List.copyOf(tags));
  }

  /** Strong comparison: a weak tag never matches. */
  boolean matchStrong(String etag) {
    return any || tags.stream().anyMatch(tag -> !tag.weak && tag.value.equals(etag));
  }

  /** Weak comparison: only the values count. */
  boolean matchWeak(String etag) {
    return any || tags.stream().anyMatch(tag -> tag.value.equals(etag));
  }
}
