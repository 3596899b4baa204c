package io.sluice.gateway.object;

import io.sluice.storage.proto.Bucket;

/** What balancing by key goes by. */
final class RoutingKeys {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private RoutingKeys() {}

  /** The same for an object every time, and spread evenly. */
  static long of(Bucket bucket, String key) {
    long mixed = (bucket.getId() * 31 + key.hashCode()) * GOLDEN;
    return mixed ^ (mixed >>> 32);
  }
}
