package io.sluice.app.cluster;

import static java.util.stream.Collectors.joining;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Backing;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.DataDirectories;
import io.sluice.app.node.DiskWatch;
import io.sluice.app.node.EventLoops;
import io.sluice.app.node.KnownDisks;
import io.sluice.app.node.LocalDisks;
import io.sluice.app.node.NodeJobs;
import io.sluice.app.node.StartupException;
import io.sluice.app.node.Steps;
import io.sluice.cluster.channel.ClientLimits;
import io.sluice.cluster.channel.InternalClient;
import io.sluice.cluster.channel.InternalRoute;
import io.sluice.cluster.channel.InternalServer;
import io.sluice.cluster.channel.ServerLimits;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.member.BusOptions;
import io.sluice.cluster.member.Clocks;
import io.sluice.cluster.member.HazelcastMembership;
import io.sluice.cluster.member.HintOptions;
import io.sluice.cluster.member.MembershipOptions;
import io.sluice.cluster.member.NodeHints;
import io.sluice.cluster.metadata.RoutedMetadataStore;
import io.sluice.cluster.secret.CertificateFiles;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.cluster.view.ReplicaDirectory;
import io.sluice.cluster.view.ViewOptions;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.http.Readiness;
import io.sluice.gateway.placement.BalancePolicies;
import io.sluice.gateway.placement.BalancePolicy;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.Topology;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands behind the gateway of a node that is one of many. It is opened from the outside in:
 * first the channel, on which this node says who it is, and the hints; then, when it is known which
 * cluster it belongs to, its metadata and disks; then what it does for the cluster.
 */
public final class ClusterPlane implements Backing {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterPlane.class);
  private static final int REPAIR_BACKLOG_MAX = 10_000;
  private static final int ROOT_KEY_SEED_BYTES = 60;
  private static final int SECRET_NAME_BYTES = 8;
  private static final long PROBE_INTERVAL_MS = 500;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(20);
  private static final Duration VIEW_LIMIT = Duration.ofMinutes(10);

  private final Steps steps = new Steps();
  private final ServerOptions options;
  private final ClusterSettings settings;
  private final FormatRange formats;
  private final Clock clock;
  private final MeterRegistry meters;
  private final LeaderCall leader = new LeaderCall();
  private final RepairBacklog backlog = new RepairBacklog(REPAIR_BACKLOG_MAX);
  private final Supplier<BalancePolicy> balance = BalancePolicies.following(this::policyName);
  private @Nullable ClusterSecret secret;
  private boolean entered;
  private volatile @Nullable ClusterViews views;
  private volatile @Nullable Duties duties;
  private volatile @Nullable OwnPeer metadata;
  private @Nullable RoutedMetadataStore store;
  private @Nullable ClusterJobs jobs;
  private @Nullable ClusterTopology topology;
  private @Nullable ClusterReadiness readiness;

  public ClusterPlane(
      ServerOptions options,
      ClusterSettings settings,
      FormatRange formats,
      Clock clock,
      MeterRegistry meters) {
    this.options = options;
    this.settings = settings;
    this.formats = formats;
    this.clock = clock;
    this.meters = meters;
  }

  /**
   * Opens it, which may mean to wait for others: until there is a cluster, and a majority of its
   * metadata answers. Blocks.
   *
   * @return the event loops to serve on; they end with this plane
   * @throws StartupException when this node must not start; one line that says what to do
   */
  public Vertx open() throws IOException {
    ClusterSecret known = ClusterSecret.read(settings.secretFile(), LOG::warn);
    secret = known;
    NodeCertificates certificates = certificates(known);
    DataDirectories.requireMetadataFirst(options);
    Path metadataDirectory = options.metadataDir();
    DataDirectories directories =
        DataDirectories.look(
            settings.has(Role.STORAGE) ? options.data() : List.of(),
            KnownDisks.read(metadataDirectory));
    SelfNode self =
        new SelfNode(
            settings,
            formats,
            Incarnation.of(metadataDirectory),
            settings.has(Role.STORAGE) ? options.data().size() : 0,
            options.replicasGiven().orElse(0),
            s3Endpoint(),
            () -> view().revision());
    MetadataServer.identity(metadataDirectory).ifPresent(self::belongsTo);
    HazelcastMembership membership = join(self, known, certificates);
    Vertx vertx = membership.vertx();
    EventLoops.measure(vertx, meters);

    InternalClient client =
        steps.push(
            "internal client",
            new InternalClient(vertx, certificates, clientLimits()),
            opened -> Blocking.await(opened.close(), CLOSE_LIMIT));
    RemoteNodes nodes = steps.push("other nodes", new RemoteNodes(client), RemoteNodes::close);
    HealChannel healing = new HealChannel(settings.node(), nodes);
    List<InternalRoute> routes = new ArrayList<>(healing.routes());
    routes.addAll(leader.routes());
    ClusterJobs everywhere =
        new ClusterJobs(settings.node(), nodes, () -> List.copyOf(view().all()));
    jobs = everywhere;
    routes.addAll(everywhere.routes());
    listen(vertx, certificates, self, routes);
    NodeHints hints = publish(vertx, self, membership);

    Entrance entrance = new Entrance(options, settings, self, membership, hints, client);
    MetadataIdentity identity = entrance.enter();
    PeerDirectory peers =
        new PeerDirectory(
            nodes, settings.node(), identity, addresses -> required(metadata).peersAre(addresses));
    OwnPeer opened = openMetadata(identity, certificates, peers, self, vertx);
    RoutedMetadataStore routed = route(identity, peers);
    LocalDisks own = openDisks(vertx, identity, directories);
    self.has(own);

    ClusterViews followed = follow(routed, vertx, hints, identity, client, peers);
    Registration registration = new Registration(routed, vertx);
    long probes =
        vertx.setPeriodic(PROBE_INTERVAL_MS, timer -> Entrance.probe(hints, client, peers));
    try {
      registration.register(self.record());
    } finally {
      vertx.cancelTimer(probes);
    }
    entered = true;
    Blocking.await(
        viewWith(self, followed, 1).subscribeAsCompletionStage(), VIEW_LIMIT.multipliedBy(2));
    FirstLayout first = entrance.firstLayout();
    registration.agree(first, followed.current(), options.replicasGiven());
    ReplicaDirectory replicas =
        new ReplicaDirectory(
            own.replicas(),
            followed,
            (node, disk) ->
                nodes.of(node).replica(disk, () -> hints.disk(node.getName(), disk).orElse(null)));
    own.forgetOthers(followed.current().layout().disks());
    DiskReports reports =
        new DiskReports(
            self,
            followed,
            routed,
            new DiskWatch(own.replicas().values(), options.diskOut(), System::nanoTime),
            vertx);
    steps.push("disk reports", reports, DiskReports::stop).start();
    ClusterTopology seen = new ClusterTopology(followed, replicas, own.replicas().keySet());
    topology = seen;
    Duties.Ground ground =
        new Duties.Ground(
            options, settings, first, opened, routed, followed, own, replicas, hints, healing,
            backlog, peers, vertx, clock, meters);
    Duties begun = steps.push("duties", Duties.start(ground), Duties::stop);
    duties = begun;
    everywhere.serve(new NodeJobs(begun.collector(), own.stores()));
    ClusterMeters figures = new ClusterMeters(ground, begun.keeper(), nodes);
    figures.start(meters);
    steps.push("figures of the cluster", figures, ClusterMeters::stop);
    leader.serve(opened, peers, new ClusterCommands(ground, begun.keeper())::run);
    ClusterReadiness looked =
        new ClusterReadiness(
            routed, seen, () -> view().gonePeers().contains(identity.peerId()), vertx);
    readiness = steps.push("readiness", looked, ClusterReadiness::stop);
    looked.start();
    return vertx;
  }

  private NodeCertificates certificates(ClusterSecret known) throws IOException {
    Optional<CertificateFiles> own = settings.certificates();
    return own.isPresent()
        ? NodeCertificates.read(own.get())
        : NodeCertificates.make(known, settings.node(), clock);
  }

  private HazelcastMembership join(
      SelfNode self, ClusterSecret known, NodeCertificates certificates) throws IOException {
    String secretName =
        HexFormat.of()
            .formatHex(known.derive("name of the cluster's Hazelcast", SECRET_NAME_BYTES));
    return steps.push(
        "membership",
        Blocking.await(
            HazelcastMembership.start(
                new MembershipOptions(
                    settings.configFile().orElse(null),
                    settings.node(),
                    self.incarnation(),
                    secretName,
                    settings.hazelcast().toString(),
                    settings.join(),
                    BusOptions.of(settings.bus().host(), settings.bus().port(), certificates)),
                EventLoops.options())),
        started -> Blocking.await(entered ? started.stop() : started.abandon(), LEAVE_LIMIT));
  }

  private static ClientLimits clientLimits() {
    return ClientLimits.forHeap(Runtime.getRuntime().maxMemory());
  }

  private void listen(
      Vertx vertx, NodeCertificates certificates, SelfNode self, List<InternalRoute> routes)
      throws IOException {
    InternalServer server =
        new InternalServer(
            vertx,
            certificates,
            self,
            routes,
            ServerLimits.forHeap(Runtime.getRuntime().maxMemory()));
    try {
      Blocking.await(
          server.start(settings.internal().host(), settings.internal().port(), EventLoops.COUNT));
    } catch (IOException | RuntimeException e) {
      throw new StartupException(
          "can't listen on --internal-address " + settings.internal() + ": " + e.getMessage(), e);
    }
    steps.push(
        "internal server", server, opened -> Blocking.await(opened.stop(CLOSE_LIMIT), LEAVE_LIMIT));
  }

  private NodeHints publish(Vertx vertx, SelfNode self, HazelcastMembership membership)
      throws IOException {
    NodeHints hints =
        new NodeHints(
            vertx,
            self::hint,
            this::registered,
            HintOptions.DEFAULT,
            new Clocks(clock, System::nanoTime),
            meters);
    membership.addListener(hints);
    steps.push("hints", hints, opened -> Blocking.await(opened.stop(), CLOSE_LIMIT));
    Blocking.await(hints.start());
    return hints;
  }

  private Set<String> registered() {
    return view().nodes().keySet();
  }

  private OwnPeer openMetadata(
      MetadataIdentity identity,
      NodeCertificates certificates,
      PeerDirectory peers,
      SelfNode self,
      Vertx vertx)
      throws IOException {
    if (!settings.has(Role.METADATA)) {
      OwnPeer none = new OwnPeer(identity, null);
      metadata = none;
      return none;
    }
    Path directory = options.metadataDir();
    MetadataOptions.Builder known =
        MetadataOptions.in(directory).floorBytes(options.metadataReserve()).formats(formats);
    OwnPeer opened = OwnPeer.open(known, settings, certificates, peers, clock, meters);
    metadata = opened;
    steps.push(
        "metadata",
        opened,
        peer -> {
          self.hasNoMetadata();
          peer.close();
        });
    MetadataServer server = required(opened.server());
    self.has(server, Checkpoints.open(server, directory, vertx));
    peers.own(server.peer());
    return opened;
  }

  private LocalDisks openDisks(Vertx vertx, MetadataIdentity identity, DataDirectories directories)
      throws IOException {
    if (!settings.has(Role.STORAGE)) {
      return LocalDisks.none(options.metadataDir());
    }
    UUID cluster = UUID.fromString(identity.clusterId());
    return LocalDisks.open(
        new LocalDisks.Ground(vertx, options, cluster, clock, meters, this::damaged), directories);
  }

  private RoutedMetadataStore route(MetadataIdentity identity, PeerDirectory peers) {
    String own = settings.has(Role.METADATA) ? identity.peerId() : null;
    RoutedMetadataStore routed = MetadataRoute.open(steps, identity.shards(), own, peers);
    store = routed;
    return routed;
  }

  private ClusterViews follow(
      RoutedMetadataStore routed,
      Vertx vertx,
      NodeHints hints,
      MetadataIdentity identity,
      InternalClient client,
      PeerDirectory peers) {
    ClusterViews followed = new ClusterViews(routed, vertx, ViewOptions.DEFAULT, meters);
    views = followed;
    followed.addListener(peers);
    hints.addListener(followed.following(identity.clusterId()));
    steps.push("views", followed, ClusterViews::stop);
    Entrance.probe(hints, client, peers);
    followed.start();
    return followed;
  }

  /** A view from before this node registered would leave it out of what is decided next. */
  private Uni<ClusterView> viewWith(SelfNode self, ClusterViews followed, long revision) {
    return followed
        .await(revision, VIEW_LIMIT)
        .chain(
            seen ->
                seen.node(settings.node())
                        .filter(node -> node.getIncarnation().equals(self.incarnation()))
                        .isPresent()
                    ? Uni.createFrom().item(seen)
                    : viewWith(self, followed, seen.revision() + 1));
  }

  private void damaged(String disk, ChunkId chunk) {
    LOG.error("damaged: {} on disk {}", chunk, disk);
    Duties started = duties;
    if (started != null) {
      started.healer().repair(disk, chunk);
    }
  }

  private String s3Endpoint() {
    String scheme = options.tlsCert().isPresent() ? "https://" : "http://";
    return options.address().port() == 0 || !settings.has(Role.GATEWAY)
        ? ""
        : scheme + options.address();
  }

  private ClusterView view() {
    ClusterViews followed = views;
    return followed == null ? ClusterViews.NONE : followed.current();
  }

  private String policyName() {
    return view().settings().getOrDefault(ClusterCommands.POLICY, BalancePolicies.DEFAULT);
  }

  private static <T> T required(@Nullable T thing) {
    if (thing == null) {
      throw new IllegalStateException("not open");
    }
    return thing;
  }

  /**
   * Bytes that the nodes of this cluster share and nobody else knows, for the root account's key.
   */
  public byte[] rootKeySeed() {
    return required(secret).derive("key of the root account", ROOT_KEY_SEED_BYTES);
  }

  @Override
  public MetadataStore metadata() {
    return required(store);
  }

  @Override
  public UUID clusterId() {
    return UUID.fromString(required(metadata).identity().clusterId());
  }

  @Override
  public Topology topology() {
    return required(topology);
  }

  @Override
  public Supplier<BalancePolicy> balance() {
    return balance;
  }

  @Override
  public RepairBacklog backlog() {
    return backlog;
  }

  @Override
  public Readiness readiness() {
    return required(readiness).newest();
  }

  @Override
  public Uni<JsonObject> job(NodeJobs.Request request) {
    return required(jobs).answer(request);
  }

  @Override
  public List<AdminRoute> adminRoutes() {
    return ClusterCommands.routes(leader);
  }

  @Override
  public String describe() {
    // The view may not know yet that this node registered.
    int nodes = view().nodes().size() + (view().nodes().containsKey(settings.node()) ? 0 : 1);
    return "node "
        + settings.node()
        + (settings.roles().size() == Role.values().length
            ? ""
            : " (" + settings.roles().stream().map(Role::toString).collect(joining(", ")) + ")")
        + " of "
        + nodes
        + ", "
        + Optional.of(view().layout().replicas())
            .map(n -> n + (n == 1 ? " copy" : " copies"))
            .get();
  }

  @Override
  public void awaitReady() throws IOException {
    Blocking.await(required(readiness).firstReady(), Duration.ofDays(1));
  }

  /** Leaves the cluster in order, each step bounded. Blocks. */
  public void close() {
    steps.stop();
  }
}
