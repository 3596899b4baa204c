package io.sluice.load.s3;

import java.util.List;
import java.util.Optional;

/** One page of a bucket's listing. */
public record ListPage(List<Entry> entries, Optional<String> nextToken) {

  /** A listed object: size in bytes, ETag with its quotes. */
  public record Entry(String key, long size, String etag) {}
}
