package io.sluice.app.recovery;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.node.Backing;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.recovery.mirror.MirrorDirectory;
import io.sluice.recovery.mirror.MirrorEndpoint;
import io.sluice.recovery.mirror.MirrorGround;
import io.sluice.recovery.mirror.MirrorPlace;
import io.sluice.recovery.mirror.MirrorRecords;
import io.sluice.recovery.mirror.MirrorRunner;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.proto.MirrorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;

/** Mirrors on one node: the commands, and the mirroring while it leads. */
final class MirrorPlane implements AutoCloseable {
  /** Parts of all objects of a mirror that are under way beside those of its senders. */
  private static final int PARTS_UNDER_WAY_MAX = 2;

  private final MirrorRunner runner;
  private final MirrorMeters meters;
  private final List<AdminRoute> routes;

  /**
   * @param environment of the process, where credentials may be
   * @param lookers for short looks at endpoints, which block
   * @param acknowledges whether this node may acknowledge what clients write
   */
  MirrorPlane(
      Backing storage,
      ChunkStore chunks,
      ScheduledExecutorService timers,
      Clock clock,
      Map<String, String> environment,
      Executor lookers,
      MeterRegistry registry,
      BooleanSupplier acknowledges) {
    MirrorGround.Places places = mirror -> open(mirror, environment, clock);
    this.runner =
        new MirrorRunner(
            new MirrorGround(
                storage.metadata(),
                chunks,
                storage.clusterId(),
                storage.node(),
                storage::leads,
                acknowledges,
                places,
                timers,
                clock,
                MirrorGround.SILENCE_MAX));
    this.meters = new MirrorMeters(registry, runner, timers, clock);
    this.routes =
        new MirrorRoutes(
                storage.metadata(), new MirrorRecords(storage.metadata()), places, lookers, clock)
            .routes();
  }

  private static MirrorPlace open(MirrorRecord mirror, Map<String, String> environment, Clock clock)
      throws IOException {
    try {
      if (!mirror.getUrl().startsWith("s3://")) {
        Path directory = BackupTargets.directory(mirror.getUrl());
        return MirrorDirectory.open(directory, mirror.getBucket(), mirror.getName());
      }
      return new MirrorEndpoint(endpoint(mirror, environment, clock));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static S3Objects endpoint(
      MirrorRecord mirror, Map<String, String> environment, Clock clock) throws IOException {
    String credentials = mirror.getCredentialsFile();
    TargetAccess access =
        new TargetAccess(credentials.isEmpty() ? null : Path.of(credentials), environment, clock);
    return S3Objects.open(mirror.getUrl(), access, PARTS_UNDER_WAY_MAX);
  }

  List<AdminRoute> routes() {
    return routes;
  }

  /** Begins to look for mirrors. */
  void start() {
    runner.start();
    meters.start();
  }

  @Override
  public void close() {
    meters.close();
    runner.close();
  }
}
