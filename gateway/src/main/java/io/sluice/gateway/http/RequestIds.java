package io.sluice.gateway.http;

import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Ids of requests: 16 hex digits, as AWS makes them. They name, and need not be unguessable. */
final class RequestIds {
  private RequestIds() {}

  static String next() {
    return HexFormat.of()
        .toHexDigits(ThreadLocalRandom.current().nextLong())
        .toUpperCase(Locale.ROOT);
  }
}
