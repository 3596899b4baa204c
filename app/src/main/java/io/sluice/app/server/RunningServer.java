package io.sluice.app.server;

import io.sluice.app.cluster.ClusterPlane;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Backing;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.DataDirectories;
import io.sluice.app.node.EventLoops;
import io.sluice.app.node.ListenAddresses;
import io.sluice.app.node.StartupException;
import io.sluice.app.node.Steps;
import io.sluice.metadata.MetadataServer;
import io.sluice.s3.S3Operation;
import io.sluice.storage.FormatRange;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node: its planes, started one on top of the other and stopped in reverse. Starting and stopping
 * block, and happen once each, on the thread of the command line or the JVM's shutdown.
 */
public final class RunningServer {
  /** How long requests in flight may go on after the server was told to stop. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(30);

  private final Steps steps = new Steps();
  private final ServerOptions options;
  private final Map<String, String> environment;
  private final FormatRange formats;
  private @Nullable Vertx vertx;
  private @Nullable Backing backing;
  private int port;
  private Set<S3Operation> implemented = Set.of();

  private RunningServer(
      ServerOptions options, Map<String, String> environment, FormatRange formats) {
    this.options = options;
    this.environment = environment;
    this.formats = formats;
  }

  /**
   * Starts a node, and returns when it can serve.
   *
   * @throws StartupException with one line for the operator; what was started is stopped again
   */
  public static RunningServer start(ServerOptions options, Map<String, String> environment) {
    return start(options, environment, FormatRange.CURRENT);
  }

  /**
   * The same for a program that knows other formats than this one.
   *
   * @throws StartupException as {@link #start(ServerOptions, Map)}
   */
  public static RunningServer start(
      ServerOptions options, Map<String, String> environment, FormatRange formats) {
    RunningServer server = new RunningServer(options, environment, formats);
    try {
      server.open();
      return server;
    } catch (IOException e) {
      server.stop();
      throw new StartupException(reason(e), e);
    } catch (RuntimeException e) {
      server.stop();
      throw e;
    }
  }

  /** Begins what a start will need and can be done before anything is known of it. */
  public static void prepare() {
    Thread thread = new Thread(MetadataServer::preload, "sluice-preload");
    thread.setDaemon(true);
    thread.start();
  }

  /** The message of some of the JDK's exceptions is the file and no more. */
  private static String reason(IOException e) {
    Throwable failure = e.getCause() instanceof FileSystemException ? e.getCause() : e;
    if (failure instanceof AccessDeniedException denied) {
      return "no permission to read and write "
          + denied.getFile()
          + "; it must belong to the user that runs Sluice";
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": it does not exist, and can't be made";
    }
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      return failure.getClass().getSimpleName() + ": " + file.getFile();
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private void open() throws IOException {
    options.tlsCert().ifPresent(file -> requireReadable("--tls-cert", file));
    options.tlsKey().ifPresent(file -> requireReadable("--tls-key", file));
    options.data().forEach(directory -> requireNoFile("--data", directory));
    requireNoFile("--metadata-dir", options.metadataDir());
    RootCredentials.requireWhole(environment);
    Optional<ClusterSettings> cluster = options.cluster();
    if (keepsChunks(cluster)) {
      DataDirectories.requireFree(options.data());
    }
    Clock clock = Clock.systemUTC();
    Meters meters = steps.push("meters", new Meters(), Meters::close);
    Path keysDirectory = keysDirectory(cluster);
    Backing opened;
    RootCredentials credentials;
    if (cluster.isPresent()) {
      ClusterPlane plane = openMember(cluster.get(), clock, meters);
      opened = plane;
      credentials = RootCredentials.resolveShared(environment, keysDirectory, plane.rootKeySeed());
    } else {
      opened = openAlone(clock, meters);
      credentials = RootCredentials.resolve(environment, keysDirectory, new SecureRandom());
    }
    backing = opened;
    AccessPlane access =
        steps.push(
            "access",
            new AccessPlane(
                options, servesS3(cluster), credentials, clock, meters, opened, environment),
            plane -> plane.close(DRAIN_LIMIT));
    port = access.open(Objects.requireNonNull(vertx));
    implemented = access.implemented();
    opened.awaitReady();
    if (credentials.unseen()) {
      announce(credentials, keysDirectory);
    }
  }

  /** In the first data directory; a node that keeps no chunks may have none. */
  private Path keysDirectory(Optional<ClusterSettings> cluster) {
    return keepsChunks(cluster) ? options.data().get(0) : options.metadataDir();
  }

  private static boolean keepsChunks(Optional<ClusterSettings> cluster) {
    return cluster.isEmpty() || cluster.get().has(Role.STORAGE);
  }

  private static boolean servesS3(Optional<ClusterSettings> cluster) {
    return cluster.isEmpty() || cluster.get().has(Role.GATEWAY);
  }

  private Backing openAlone(Clock clock, Meters meters) throws IOException {
    ListenAddresses.requireFree(options);
    Vertx loops =
        steps.push(
            "event loops",
            EventLoops.start(meters.registry()),
            started -> Blocking.await(started.close(), DRAIN_LIMIT));
    vertx = loops;
    StoragePlane storage =
        steps.push(
            "storage",
            new StoragePlane(options, formats, clock, meters.registry()),
            StoragePlane::close);
    storage.open(loops);
    return storage;
  }

  private ClusterPlane openMember(ClusterSettings settings, Clock clock, Meters meters)
      throws IOException {
    StartingAccess lobby = new StartingAccess(options, environment, clock, meters);
    ClusterPlane plane =
        steps.push(
            "cluster",
            ClusterPlane.open(options, settings, formats, clock, meters.registry(), lobby),
            ClusterPlane::close);
    lobby.close();
    vertx = plane.vertx();
    return plane;
  }

  /** Before anything is made on disk. */
  private static void requireReadable(String option, Path file) {
    if (!Files.isReadable(file)) {
      throw new StartupException(
          option + " " + file + (Files.exists(file) ? " can't be read" : " does not exist"), null);
    }
  }

  private static void requireNoFile(String option, Path directory) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new StartupException(option + " " + directory + " is not a directory", null);
    }
  }

  /**
   * The only time that a secret is shown, and not in the log. When all has been started: a start
   * that fails would have shown it to somebody who can't use it yet.
   */
  private void announce(RootCredentials credentials, Path directory) throws IOException {
    System.out.println(
        "Root credentials, shown once and kept in "
            + directory.resolve(RootCredentials.FILE)
            + ":\n  access key  "
            + credentials.accessKey()
            + "\n  secret key  "
            + credentials.secretKey());
    System.out.flush();
    credentials.markShown(directory);
  }

  /** The event loops it serves on; null before there are any. */
  @Nullable Vertx vertx() {
    return vertx;
  }

  /** What stands behind its gateway; null before it is open. */
  @Nullable Backing backing() {
    return backing;
  }

  /** Where it listens. */
  public URI endpoint() {
    String scheme = options.tlsCert().isPresent() ? "https" : "http";
    String host = options.address().host();
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create(scheme + "://" + name + ":" + port);
  }

  /** The operations of S3 that it answers with something else than NotImplemented. */
  public Set<S3Operation> implemented() {
    return implemented;
  }

  /** The one line that says that it can serve. */
  public String readyLine() {
    return "Sluice is ready: "
        + endpoint()
        + " ("
        + Objects.requireNonNull(backing).describe()
        + ", fsync "
        + options.fsync()
        + ")";
  }

  /**
   * Takes no new requests, lets those in flight finish (bounded), and stops everything.
   *
   * @return whether all of it ended in order
   */
  public boolean stop() {
    return steps.stop();
  }
}
