package io.sluice.storage.verticle;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A disk as a verticle: opens its {@link SegmentStore} when it is deployed, and closes it when it
 * is undeployed, both on a worker of its own and never on an event loop.
 */
public final class StorageVerticle extends VerticleBase {
  private final DataDirectory directory;
  private final UUID clusterId;
  private final SegmentStoreOptions options;
  private final MeterRegistry registry;
  private final Clock clock;
  private final DamageListener damage;
  private volatile @Nullable SegmentStore store;

  /**
   * @param directory taken over: closed with the verticle
   */
  public StorageVerticle(
      DataDirectory directory,
      UUID clusterId,
      SegmentStoreOptions options,
      MeterRegistry registry,
      Clock clock,
      DamageListener damage) {
    this.directory = directory;
    this.clusterId = clusterId;
    this.options = options;
    this.registry = registry;
    this.clock = clock;
    this.damage = damage;
  }

  /**
   * The store, for direct calls in this process.
   *
   * @throws IllegalStateException before the verticle is deployed
   */
  public SegmentStore store() {
    SegmentStore opened = store;
    if (opened == null) {
      throw new IllegalStateException(path() + " is not open");
    }
    return opened;
  }

  private Path path() {
    return directory.path();
  }

  @Override
  public Future<?> start() {
    return onWorker(
        () -> {
          store = SegmentStore.open(directory, clusterId, options, registry, clock, damage);
          return null;
        });
  }

  @Override
  public Future<?> stop() {
    return onWorker(
        () -> {
          SegmentStore opened = store;
          if (opened != null) {
            opened.close();
          }
          return null;
        });
  }

  private Future<@Nullable Void> onWorker(Callable<@Nullable Void> work) {
    // A pool of its own: opening may take long, and must not hold up others' blocking work.
    var worker = vertx.createSharedWorkerExecutor("sluice-disk-" + path(), 1);
    return worker.executeBlocking(work).eventually(worker::close);
  }
}
