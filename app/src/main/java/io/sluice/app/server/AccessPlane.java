package io.sluice.app.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Backing;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.EventLoops;
import io.sluice.app.node.StartupException;
import io.sluice.app.recovery.BackupPlane;
import io.sluice.app.recovery.PipelineCopies;
import io.sluice.app.recovery.StandbyPlane;
import io.sluice.gateway.GatewayOptions;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.auth.RootAccount;
import io.sluice.gateway.call.PacedBody;
import io.sluice.gateway.checksum.NativeChecksums;
import io.sluice.gateway.handler.HandlerSource;
import io.sluice.gateway.handler.MetadataHandlers;
import io.sluice.gateway.http.Gateway;
import io.sluice.gateway.object.ObjectHandlers;
import io.sluice.gateway.object.ObjectPlane;
import io.sluice.gateway.pipe.ComputePool;
import io.sluice.gateway.pipe.DownloadPipeline;
import io.sluice.gateway.pipe.MemoryBudget;
import io.sluice.gateway.pipe.PipelineMeters;
import io.sluice.gateway.pipe.UploadPipeline;
import io.sluice.gateway.placement.PlacementMeters;
import io.sluice.gateway.placement.ReplicatedChunkStore;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.recovery.standby.WriteRight;
import io.sluice.s3.S3Operation;
import io.sluice.s3.auth.Digests;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.FrameDecoder;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What serves: the pipelines, and the gateway on its port. */
final class AccessPlane {
  private static final int COMPUTE_QUEUE_MAX = 10_000;

  private final ServerOptions options;
  private final Clock clock;
  private final Meters meters;
  private final Backing storage;
  private final RootCredentials credentials;
  private final ScheduledThreadPoolExecutor timers;
  private final ComputePool compute;
  private final Compression compression;
  private final ZstdWorkspaces workspaces;
  private final NativeChecksums checksums = new NativeChecksums();
  private final boolean servesS3;
  private final ChunkStore chunks;
  private final BackupPlane backups;
  private final StandbyPlane standby;
  private volatile @Nullable Gateway gateway;

  /**
   * @param servesS3 otherwise it answers health checks, metrics and administration only
   */
  AccessPlane(
      ServerOptions options,
      boolean servesS3,
      RootCredentials credentials,
      Clock clock,
      Meters meters,
      Backing storage,
      Map<String, String> environment) {
    this.options = options;
    this.servesS3 = servesS3;
    this.credentials = credentials;
    this.clock = clock;
    this.meters = meters;
    this.storage = storage;
    this.timers =
        new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-timers", true));
    this.timers.setRemoveOnCancelPolicy(true);
    this.compute = new ComputePool(EventLoops.COUNT, COMPUTE_QUEUE_MAX);
    this.compression = Compression.parse(options.compression());
    this.workspaces = new ZstdWorkspaces(compression);
    this.chunks = chunkStore();
    WriteRight right = new WriteRight(System::nanoTime, clock);
    this.backups =
        new BackupPlane(
            storage,
            chunks,
            timers,
            clock,
            rootAccount().accountId(),
            environment,
            meters.registry(),
            right,
            this::requestsInFlight);
    this.standby = new StandbyPlane(backups, right, rootAccount().accountId(), meters.registry());
  }

  /**
   * Starts to listen.
   *
   * @return the port
   */
  int open(Vertx vertx) throws IOException {
    compute.execute(AccessPlane::preloadJson);
    ObjectPlane objects = servesS3 ? objects() : null;
    GatewayOptions listening =
        listening(options)
            .eventLoops(EventLoops.COUNT)
            .servesS3(servesS3)
            .bodyPace(
                new PacedBody.Limit(PacedBody.Limit.DEFAULT.window(), options.uploadRateMin()));
    Gateway opened =
        new Gateway(
            vertx,
            listening,
            new Gateway.Foundation(
                standby.leased(storage.metadata()),
                rootAccount(),
                clock,
                meters.registry(),
                objects == null ? List.of() : handlers(objects),
                adminRoutes(copies(objects, vertx)),
                standby.writes(),
                storage::readiness,
                meters::scrape));
    gateway = opened;
    int port = listen(opened, options);
    backups.start();
    standby.start();
    // Not before, because unpacking it takes longer than all that was started so far.
    compute.execute(checksums::load);
    return port;
  }

  /** Of those that others should go aside for: none where clients can't write, as in a demotion. */
  private int requestsInFlight() {
    Gateway opened = gateway;
    return opened == null || standby.writes().refusal() != null ? 0 : opened.requestsInFlight();
  }

  private List<AdminRoute> adminRoutes(PartCopies copies) {
    return Stream.concat(
            new AdminRoutes(
                    storage,
                    standby.leased(storage.metadata()),
                    copies,
                    clock,
                    rootAccount().accountId(),
                    backups)
                .routes().stream(),
            standby.routes().stream())
        .toList();
  }

  /**
   * Its classes take 90 ms to load: the first administrative request would block its event loop.
   */
  private static void preloadJson() {
    new JsonObject(new JsonObject().put("loaded", true).toBuffer());
  }

  /** Where it listens and how it is called there. */
  static GatewayOptions listening(ServerOptions options) {
    GatewayOptions listening =
        new GatewayOptions()
            .host(options.address().host())
            .port(options.address().port())
            .region(options.region())
            .domain(options.domain().orElse(null));
    options
        .tlsCert()
        .ifPresent(
            certificate ->
                listening.tls(
                    new GatewayOptions.TlsFiles(
                        certificate.toString(), options.tlsKey().orElseThrow().toString())));
    return listening;
  }

  /**
   * Starts to listen. Blocks.
   *
   * @throws StartupException when that can't be
   */
  static int listen(Gateway opened, ServerOptions options) {
    try {
      return Blocking.await(opened.start());
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new StartupException(
          "can't listen on --address " + options.address() + ": " + reason, e);
    }
  }

  private static List<HandlerSource> handlers(ObjectPlane objects) {
    return List.of(new MetadataHandlers(), new ObjectHandlers(objects));
  }

  private static PartCopies copies(@Nullable ObjectPlane objects, Vertx vertx) {
    return objects == null
        ? PipelineCopies.none()
        : new PipelineCopies(objects.copies(), vertx.getOrCreateContext());
  }

  private ObjectPlane objects() {
    ChunkBuffers buffers = new ChunkBuffers(EventLoops.COUNT);
    PipelineMeters pipelineMeters = new PipelineMeters(meters.registry());
    MemoryBudget uploads = MemoryBudget.ofHeap(Runtime.getRuntime().maxMemory());
    MemoryBudget downloads = MemoryBudget.ofHeap(Runtime.getRuntime().maxMemory());
    pipelineMeters.watch(compute);
    pipelineMeters.watch(buffers);
    pipelineMeters.watch(uploads, "upload");
    pipelineMeters.watch(downloads, "download");
    UploadPipeline up =
        new UploadPipeline(
            chunks,
            new ChunkEncoder(storage.clusterId(), compression, buffers, workspaces),
            compute,
            uploads,
            checksums,
            timers,
            new SecureRandom(),
            pipelineMeters,
            options.inlineLimit());
    DownloadPipeline down =
        new DownloadPipeline(
            chunks,
            new FrameDecoder(buffers, workspaces),
            compute,
            downloads,
            timers,
            GcOptions.downloadLimit(options.gcGrace()));
    return new ObjectPlane(up, down);
  }

  private ChunkStore chunkStore() {
    ReplicatedChunkStore replicated =
        new ReplicatedChunkStore(
            storage.topology(),
            storage.balance(),
            storage.backlog(),
            ReplicatedChunkStore.Deadlines.DEFAULT,
            timers,
            clock,
            new SecureRandom());
    PlacementMeters placement = new PlacementMeters(meters.registry());
    placement.watch(replicated.readFigures());
    placement.watch(storage.backlog());
    return replicated;
  }

  private RootAccount rootAccount() {
    return new RootAccount(
        canonicalId(storage.clusterId()), "root", credentials.accessKey(), credentials.secretKey());
  }

  /** The root account's id is the cluster's, in the form of AWS's canonical ids. */
  private static String canonicalId(UUID cluster) {
    return Digests.sha256Hex(("root of " + cluster).getBytes(StandardCharsets.UTF_8));
  }

  /** The operations that are implemented. */
  Set<S3Operation> implemented() {
    return gateway == null ? Set.of() : gateway.implemented();
  }

  void close(Duration drainLimit) throws IOException {
    standby.close();
    backups.close();
    try {
      if (gateway != null) {
        Blocking.await(gateway.stop(drainLimit), drainLimit.plusSeconds(5));
      }
    } finally {
      compute.close();
      workspaces.close();
      timers.shutdownNow();
    }
  }
}
