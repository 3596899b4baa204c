package io.sluice.app.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.DataDirectories;
import io.sluice.app.node.DiskWatch;
import io.sluice.app.node.EventLoops;
import io.sluice.app.node.KnownDisks;
import io.sluice.app.node.ListenAddresses;
import io.sluice.app.node.Lobby;
import io.sluice.app.node.LocalDisks;
import io.sluice.app.node.NodeJobs;
import io.sluice.app.node.Steps;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.member.NodeHints;
import io.sluice.cluster.metadata.RoutedMetadataStore;
import io.sluice.cluster.secret.CertificateFiles;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.secret.NodeCertificates;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.cluster.view.ReplicaDirectory;
import io.sluice.cluster.view.ViewOptions;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a {@link ClusterPlane} from the outside in: first the links, on which this node says who it
 * is; then, when it is known which cluster it belongs to, its metadata and disks; then what it does
 * for the cluster. For one use, by one thread.
 */
final class ClusterOpening {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterOpening.class);
  private static final int REPAIR_BACKLOG_MAX = 10_000;

  private final Steps steps;
  private final ServerOptions options;
  private final ClusterSettings settings;
  private final FormatRange formats;
  private final Clock clock;
  private final MeterRegistry meters;
  private final Lobby lobby;
  private final LeaderCall leader = new LeaderCall();

  // What is asked for by others, on any thread, perhaps before it is there.
  private volatile boolean entered;
  private volatile @Nullable ClusterViews views;
  private volatile @Nullable Duties duties;
  private volatile @Nullable OwnPeer metadata;

  /**
   * @param steps where everything that is opened says how it ends, also when the rest can't be
   * @param lobby is opened once this node can be asked, and told what it waits for
   */
  ClusterOpening(
      Steps steps,
      ServerOptions options,
      ClusterSettings settings,
      FormatRange formats,
      Clock clock,
      MeterRegistry meters,
      Lobby lobby) {
    this.steps = steps;
    this.options = options;
    this.settings = settings;
    this.formats = formats;
    this.clock = clock;
    this.meters = meters;
    this.lobby = lobby;
  }

  /** As {@link ClusterPlane#open}, which stops the steps if this fails. */
  ClusterPlane open() throws IOException {
    ClusterSecret secret = ClusterSecret.read(settings.secretFile(), LOG::warn);
    NodeCertificates certificates = certificates(secret);
    SecretProof proof = SecretProof.of(secret, options.metadataDir());
    proof.requireSame(settings.secretFile());
    DataDirectories.requireMetadataFirst(options);
    DataDirectories directories =
        DataDirectories.look(
            settings.has(Role.STORAGE) ? options.data() : List.of(),
            KnownDisks.read(options.metadataDir()));
    SelfNode self = self();
    Entrance.requireOneCluster(options, settings, self);
    ListenAddresses.requireFree(options);

    NodeLinks links =
        NodeLinks.open(steps, settings, self.incarnation(), secret, certificates, () -> entered);
    Vertx vertx = links.vertx();
    EventLoops.measure(vertx, meters);
    HealChannel healing = new HealChannel(settings.node(), links.nodes());
    ClusterJobs jobs =
        new ClusterJobs(settings.node(), links.nodes(), () -> List.copyOf(view().all()));
    links.listen(
        self,
        Stream.of(healing.routes(), leader.routes(), jobs.routes()).flatMap(List::stream).toList());
    NodeHints hints = links.publish(self, () -> view().nodes().keySet(), clock, meters);

    Entrance entrance =
        new Entrance(options, settings, self, links.membership(), hints, links.client(), lobby);
    lobby.open(vertx, ClusterPlane.rootKeySeed(secret));
    MetadataIdentity identity = entrance.enter();
    PeerDirectory peers =
        new PeerDirectory(
            links.nodes(),
            settings.node(),
            identity,
            addresses -> Objects.requireNonNull(metadata).peersAre(addresses));
    OwnPeer own = openMetadata(identity, certificates, peers, self, vertx);
    RoutedMetadataStore store =
        MetadataRoute.open(
            steps,
            identity.shards(),
            settings.has(Role.METADATA) ? identity.peerId() : null,
            peers);
    LocalDisks disks = openDisks(vertx, identity, directories);
    self.has(disks);
    entrance.probe(peers);
    ClusterViews followed = follow(store, links, hints, identity, peers);
    lobby.waitsFor(
        () -> "waiting for the cluster's metadata to answer, for which most of its peers must run");
    FirstLayout first = register(new Registration(self, store, followed, vertx), entrance, peers);
    proof.keep(LOG::warn);

    disks.forgetOthers(followed.current().layout().disks());
    Duties.Ground ground =
        new Duties.Ground(
            options,
            settings,
            first,
            own,
            store,
            followed,
            disks,
            replicas(disks, followed, links, hints),
            hints,
            healing,
            new RepairBacklog(REPAIR_BACKLOG_MAX),
            peers,
            links.nodes(),
            vertx,
            clock,
            meters);
    return serve(ground, self, secret, links, jobs);
  }

  /** Begins with what this node does for the cluster. */
  private ClusterPlane serve(
      Duties.Ground ground,
      SelfNode self,
      ClusterSecret secret,
      NodeLinks links,
      ClusterJobs jobs) {
    LocalDisks disks = ground.disks();
    DiskReports reports =
        new DiskReports(
            self,
            ground.views(),
            ground.store(),
            new DiskWatch(disks.replicas().values(), options.diskOut(), System::nanoTime),
            ground.vertx());
    steps.push("disk reports", reports, DiskReports::stop).start();
    ClusterTopology topology =
        new ClusterTopology(ground.views(), ground.replicas(), disks.replicas().keySet());
    Duties begun = steps.push("duties", Duties.start(ground), Duties::stop);
    duties = begun;
    jobs.serve(new NodeJobs(begun.collector(), disks.stores()));
    ClusterMeters figures = new ClusterMeters(ground, begun, links.nodes());
    figures.start(meters);
    steps.push("figures of the cluster", figures, ClusterMeters::stop);
    leader.serve(ground.metadata(), ground.peers(), new ClusterCommands(ground, begun)::run);
    String peerId = ground.metadata().identity().peerId();
    ClusterReadiness readiness =
        new ClusterReadiness(
            ground.store(), topology, () -> view().gonePeers().contains(peerId), ground.vertx());
    steps.push("readiness", readiness, ClusterReadiness::stop).start();
    return new ClusterPlane(steps, ground, secret, topology, readiness, jobs, leader);
  }

  private NodeCertificates certificates(ClusterSecret secret) throws IOException {
    Optional<CertificateFiles> own = settings.certificates();
    return own.isPresent()
        ? NodeCertificates.read(own.get())
        : NodeCertificates.make(secret, settings.node(), clock);
  }

  private SelfNode self() throws IOException {
    Path metadataDirectory = options.metadataDir();
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
    return self;
  }

  private String s3Endpoint() {
    String scheme = options.tlsCert().isPresent() ? "https://" : "http://";
    return options.address().port() == 0 || !settings.has(Role.GATEWAY)
        ? ""
        : scheme + options.address();
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
    MetadataServer server = Objects.requireNonNull(opened.server());
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

  private void damaged(String disk, ChunkId chunk) {
    LOG.error("damaged: {} on disk {}", chunk, disk);
    Duties started = duties;
    if (started != null) {
      started.healer().repair(disk, chunk);
    }
  }

  private ClusterViews follow(
      MetadataStore store,
      NodeLinks links,
      NodeHints hints,
      MetadataIdentity identity,
      PeerDirectory peers) {
    ClusterViews followed = new ClusterViews(store, links.vertx(), ViewOptions.DEFAULT, meters);
    views = followed;
    followed.addListener(peers);
    hints.addListener(followed.following(identity.clusterId()));
    steps.push("views", followed, ClusterViews::stop);
    followed.start();
    return followed;
  }

  /**
   * Makes this node known to its cluster, and returns when a view has it.
   *
   * @return what the first layout is to be; null on a node that has no say in it
   */
  private @Nullable FirstLayout register(
      Registration registration, Entrance entrance, PeerDirectory peers) throws IOException {
    registration.register(() -> entrance.probe(peers));
    entered = true;
    registration.awaitView();
    FirstLayout first = entrance.firstLayout();
    registration.agree(first, options.replicasGiven());
    return first;
  }

  private static ReplicaDirectory replicas(
      LocalDisks disks, ClusterViews followed, NodeLinks links, NodeHints hints) {
    return new ReplicaDirectory(
        disks.replicas(),
        followed,
        (node, disk) ->
            links
                .nodes()
                .of(node)
                .replica(disk, () -> hints.disk(node.getName(), disk).orElse(null)));
  }

  private ClusterView view() {
    ClusterViews followed = views;
    return followed == null ? ClusterViews.NONE : followed.current();
  }
}
