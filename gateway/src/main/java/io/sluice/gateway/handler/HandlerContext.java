package io.sluice.gateway.handler;

import io.sluice.gateway.bucket.BucketAccess;
import io.sluice.gateway.bucket.BucketDirectory;
import io.sluice.storage.MetadataStore;
import java.time.Clock;
import java.time.Duration;

/**
 * What handlers are made with.
 *
 * @param buckets commands and queries to the shard of a call's bucket
 * @param directory buckets by name
 * @param metadata all shards, for what is not in a call's bucket
 * @param metadataDeadline of one command or query
 */
public record HandlerContext(
    BucketAccess buckets,
    BucketDirectory directory,
    MetadataStore metadata,
    Duration metadataDeadline,
    String region,
    Clock clock) {}
