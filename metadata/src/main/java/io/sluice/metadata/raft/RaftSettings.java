package io.sluice.metadata.raft;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log;
import org.apache.ratis.server.RaftServerConfigKeys.Rpc;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.OpenSsl;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/** Ratis' settings for one peer. Ratis' defaults are made for large heaps and for slow networks. */
final class RaftSettings {
  /**
   * Messages to a follower that may be under way. {@link BatchingAppender} sends one with entries
   * at a time; at this limit Ratis would begin to send empty ones.
   */
  private static final int OUTSTANDING_APPENDS_MAX = 16;

  private RaftSettings() {}

  /**
   * The settings of a peer.
   *
   * @param network null for a peer that is alone and stays so
   */
  static RaftProperties of(Path logDirectory, RaftLimits limits, @Nullable RaftNetwork network) {
    RaftProperties settings = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(settings, List.of(logDirectory.toFile()));
    log(settings, limits);
    snapshots(settings);
    requests(settings, limits);
    // By default a process that was paused for a minute closes its server for good.
    RaftServerConfigKeys.setCloseThreshold(settings, TimeDuration.valueOf(3650, TimeUnit.DAYS));
    if (network == null) {
      RaftConfigKeys.Rpc.setType(settings, new LocalRpc());
      electionsAlone(settings);
    } else {
      RaftConfigKeys.Rpc.setType(settings, new PeerRpc());
      elections(settings, network.timing());
      transport(settings, network);
      // A peer that fell behind is told so, and fetches the state itself: see StateTransfer.
      Log.Appender.setInstallSnapshotEnabled(settings, false);
    }
    return settings;
  }

  /** What goes along with them: mutual TLS, and who hears of answers. */
  static Parameters parameters(@Nullable RaftNetwork network, PeerRpc.Proofs proofs) {
    Parameters parameters = new Parameters();
    if (network != null) {
      proofs.putInto(parameters);
      GrpcConfigKeys.TLS.setConf(
          parameters,
          GrpcTlsConfig.newBuilder()
              .setKeyManager(network.key())
              .setTrustManager(network.trust())
              .setMutualTls(true)
              .setSslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
              .build());
    }
    return parameters;
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

  private static void electionsAlone(RaftProperties settings) {
    // A group of one elects itself as soon as it looks; afterwards nobody competes with it.
    Rpc.setFirstElectionTimeoutMin(settings, millis(5));
    Rpc.setFirstElectionTimeoutMax(settings, millis(10));
    Rpc.setTimeoutMin(settings, millis(500));
    Rpc.setTimeoutMax(settings, millis(900));
  }

  private static void elections(RaftProperties settings, RaftNetwork.Timing timing) {
    // Whoever starts asks soon whether there is a leader; that disturbs none, for a peer that hears
    // from one answers no before anything changes (pre-vote).
    Rpc.setFirstElectionTimeoutMin(settings, millis(timing.electionMin().toMillis() / 4));
    Rpc.setFirstElectionTimeoutMax(settings, millis(timing.electionMax().toMillis() / 2));
    Rpc.setTimeoutMin(settings, millis(timing.electionMin().toMillis()));
    Rpc.setTimeoutMax(settings, millis(timing.electionMax().toMillis()));
    Rpc.setRequestTimeout(settings, millis(timing.request().toMillis()));
    RaftServerConfigKeys.LeaderElection.setPreVote(settings, true);
    // How long one that lost its majority stays out of elections, and after what pause of the
    // process a leader steps down by itself.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        settings, millis(2 * timing.electionMax().toMillis()));
    // A peer that is being admitted and says nothing for that long is given up.
    RaftServerConfigKeys.setStagingTimeout(settings, millis(5 * timing.electionMax().toMillis()));
  }

  /** Ratis' defaults may take a gigabyte for a few followers that are slow. */
  private static void transport(RaftProperties settings, RaftNetwork network) {
    GrpcConfigKeys.Server.setHost(settings, network.bindHost());
    GrpcConfigKeys.Server.setPort(settings, network.port());
    GrpcConfigKeys.setMessageSizeMax(
        settings, SizeInBytes.valueOf(RaftLimits.ENTRY_BYTES_MAX + (2L << 20)));
    GrpcConfigKeys.setFlowControlWindow(settings, SizeInBytes.valueOf(1 << 20));
    GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(settings, OUTSTANDING_APPENDS_MAX);
    GrpcConfigKeys.Server.setAsyncRequestThreadPoolSize(settings, 2);
    // A heartbeat behind four megabytes of entries would come too late.
    GrpcConfigKeys.Server.setHeartbeatChannel(settings, true);
    Log.Appender.setWaitTimeMin(settings, TimeDuration.ZERO);
    // How soon a follower that does not answer is tried again, after how many failures.
    Log.Appender.setRetryPolicy(settings, "1ms,10, 250ms,40, 1s,1000");
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
