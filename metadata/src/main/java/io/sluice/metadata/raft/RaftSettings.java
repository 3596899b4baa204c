package io.sluice.metadata.raft;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Ratis' settings for one peer. Ratis' defaults are made for large heaps and for slow networks. */
final class RaftSettings {
  private RaftSettings() {}

  static RaftProperties of(Path logDirectory, RaftLimits limits) {
    RaftProperties settings = new RaftProperties();
    RaftConfigKeys.Rpc.setType(settings, new LocalRpc());
    RaftServerConfigKeys.setStorageDir(settings, List.of(logDirectory.toFile()));
    log(settings, limits);
    snapshots(settings);
    elections(settings);
    requests(settings, limits);
    return settings;
  }

  /** The log is always fsynced before a command counts as committed. */
  private static void log(RaftProperties settings, RaftLimits limits) {
    SizeInBytes entry = SizeInBytes.valueOf(RaftLimits.ENTRY_BYTES_MAX);
    Log.setUnsafeFlushEnabled(settings, false);
    Log.setAsyncFlushEnabled(settings, false);
    // How many entries one fsync may cover: as many as can wait, so that the disk sets the pace.
    Log.setForceSyncNum(settings, limits.pendingCommandsMax());
    Log.setSegmentSizeMax(settings, SizeInBytes.valueOf(limits.segmentBytes()));
    Log.setPreallocatedSize(settings, SizeInBytes.valueOf(limits.segmentBytes()));
    Log.setSegmentCacheNumMax(settings, 2);
    Log.setSegmentCacheSizeMax(settings, SizeInBytes.valueOf(2L * limits.segmentBytes()));
    Log.setWriteBufferSize(settings, SizeInBytes.valueOf(RaftLimits.ENTRY_BYTES_MAX + 64L));
    Log.Appender.setBufferByteLimit(settings, entry);
    Log.setQueueElementLimit(settings, 2 * limits.pendingCommandsMax());
    Log.setQueueByteLimit(settings, SizeInBytes.valueOf(2L * limits.pendingBytesMax()));
    // Entries that say up to where the log was committed: they tell a torn tail, which nobody was
    // promised, from damage to what was acknowledged. See LogRepair.
    Log.setLogMetadataEnabled(settings, true);
    // Damage is handled before Ratis sees the log; what is left is for it to refuse.
    Log.setCorruptionPolicy(settings, Log.CorruptionPolicy.EXCEPTION);
  }

  private static void snapshots(RaftProperties settings) {
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(settings, true);
    // When one is due is decided by ShardStateMachine, by bytes too; at an orderly stop by Ratis.
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(settings, Long.MAX_VALUE);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(settings, true);
    RaftServerConfigKeys.Snapshot.setCreationGap(settings, 1);
    Log.setPurgeUptoSnapshotIndex(settings, true);
    Log.setPurgeGap(settings, 1);
  }

  private static void elections(RaftProperties settings) {
    // A group of one elects itself as soon as it looks; afterwards nobody competes with it.
    Rpc.setFirstElectionTimeoutMin(settings, millis(5));
    Rpc.setFirstElectionTimeoutMax(settings, millis(10));
    Rpc.setTimeoutMin(settings, millis(500));
    Rpc.setTimeoutMax(settings, millis(900));
    // By default a process that was paused for a minute closes its server for good.
    RaftServerConfigKeys.setCloseThreshold(settings, TimeDuration.valueOf(3650, TimeUnit.DAYS));
  }

  private static void requests(RaftProperties settings, RaftLimits limits) {
    RaftServerConfigKeys.Write.setElementLimit(settings, limits.pendingCommandsMax());
    RaftServerConfigKeys.Write.setByteLimit(
        settings, SizeInBytes.valueOf(limits.pendingBytesMax()));
    // Ratis keeps every reply for a minute to recognise retries. Ours are recognised by the command
    // id, durably (INVARIANTS 5); these would only fill the heap.
    RaftServerConfigKeys.RetryCache.setExpiryTime(settings, millis(1000));
    RaftServerConfigKeys.RetryCache.setStatisticsExpiryTime(settings, millis(10_000));
  }

  private static TimeDuration millis(long count) {
    return TimeDuration.valueOf(count, TimeUnit.MILLISECONDS);
  }
}
