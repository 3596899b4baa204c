package io.sluice.metadata.state;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.metadata.state.rocks.RocksMemory;
import io.sluice.storage.FormatRange;

/**
 * How a shard's state is opened.
 *
 * @param memory shared by all shards of the process; the caller closes it after the last of them
 * @param meters where the state's figures go, tagged with the shard
 * @param formats what this program knows; a state or a log beyond that is refused
 */
public record ShardStateOptions(RocksMemory memory, MeterRegistry meters, FormatRange formats) {}
