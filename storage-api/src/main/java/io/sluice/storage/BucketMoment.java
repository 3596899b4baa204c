package io.sluice.storage;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.LogPosition;

/**
 * A bucket as it was.
 *
 * @param bucket what its name stood for then
 * @param at the position in its shard
 */
public record BucketMoment(Bucket bucket, LogPosition at) {}
