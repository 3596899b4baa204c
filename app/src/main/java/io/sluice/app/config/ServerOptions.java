package io.sluice.app.config;

import io.sluice.metadata.MetadataOptions;
import io.sluice.storage.chunk.codec.Compression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of {@code sluice server}, after command line, environment and file were looked at.
 */
@SuppressWarnings("NullAway.Init") // picocli fills in every field that has a default
public final class ServerOptions {
  /** When a chunk counts as durable. */
  public enum Fsync {
    always,
    interval,
    never
  }

  /** Form of log lines. */
  public enum LogFormat {
    text,
    json
  }

  private static final int REPLICAS_DEFAULT = 3;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      split = ",",
      defaultValue = "data",
      description = "A data directory, one storage verticle each; may be repeated. Default: ./data")
  private List<Path> data;

  @Option(
      names = "--address",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:9000",
      converter = HostPort.Converter.class,
      description = "Where S3 and the admin API are served. Default: ${DEFAULT-VALUE}")
  private HostPort address;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML with 'option: value' lines; names as here, without the dashes")
  private @Nullable Path config;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description =
          "Copies of each chunk in a new store. Default: 3, or the number of data directories (in a"
              + " cluster: of --metadata-peers) if fewer")
  private @Nullable Integer replicas;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "Serve BUCKET.NAME (virtual-host addressing) as well as NAME/BUCKET")
  private @Nullable String domain;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      defaultValue = "us-east-1",
      description = "The region that signatures must name. Default: ${DEFAULT-VALUE}")
  private String region;

  @Option(
      names = "--tls-cert",
      paramLabel = "PEM",
      description = "Certificate chain: HTTPS on --address; read again when the file changes")
  private @Nullable Path tlsCert;

  @Option(names = "--tls-key", paramLabel = "PEM", description = "Its private key")
  private @Nullable Path tlsKey;

  @Option(
      names = "--metadata-dir",
      paramLabel = "DIR",
      description = "Raft log and metadata. Default: in the first --data directory")
  private @Nullable Path metadataDir;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description =
          "Raft groups that hold the metadata; fixed at the first start, and another number is"
              + " refused later. Default: 4")
  private @Nullable Integer shards;

  @Option(
      names = "--fsync",
      paramLabel = "MODE",
      defaultValue = "always",
      description =
          "${COMPLETION-CANDIDATES}: when chunks are synced to disk. 'always' before the client is"
              + " answered; with the others a power cut loses acknowledged data. The metadata is"
              + " always synced. Default: ${DEFAULT-VALUE}")
  private Fsync fsync;

  @Option(
      names = "--compression",
      paramLabel = "MODE",
      defaultValue = "auto",
      description =
          "auto, off or zstd:LEVEL. 'auto' stores plain what does not shrink by 10 %%."
              + " Default: ${DEFAULT-VALUE}")
  private String compression;

  @Option(
      names = "--inline-limit",
      paramLabel = "SIZE",
      defaultValue = "16KiB",
      converter = ByteSize.Converter.class,
      description =
          "Objects up to this size are kept in the metadata; at most 128KiB. Default:"
              + " ${DEFAULT-VALUE}")
  private ByteSize inlineLimit;

  @Option(
      names = "--gc-grace",
      paramLabel = "TIME",
      defaultValue = "6h",
      converter = TimeSpan.class,
      description =
          "How long replaced and deleted data stays on disk; less a margin of at most 10m, also the"
              + " longest a download may take."
              + " Default: ${DEFAULT-VALUE}")
  private Duration gcGrace;

  @Option(
      names = "--gc-interval",
      paramLabel = "TIME",
      defaultValue = "5m",
      converter = TimeSpan.class,
      description = "From one garbage collection to the next. Default: ${DEFAULT-VALUE}")
  private Duration gcInterval;

  @Option(
      names = "--orphan-grace",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = TimeSpan.class,
      description =
          "How long chunks that nothing names stay on disk; also the longest an upload may take."
              + " Default: ${DEFAULT-VALUE}")
  private Duration orphanGrace;

  @Option(
      names = "--upload-rate-min",
      paramLabel = "SIZE",
      defaultValue = "1KiB",
      converter = ByteSize.Converter.class,
      description =
          "Bytes per second that a request's body must reach over a minute, or it gets"
              + " RequestTimeout; 0: none is too slow. Default: ${DEFAULT-VALUE}")
  private ByteSize uploadRateMin;

  @Option(
      names = "--disk-out",
      paramLabel = "TIME",
      defaultValue = "10m",
      converter = TimeSpan.class,
      description =
          "How long a disk may be full, read-only or failed before others take over what it has."
              + " Default: ${DEFAULT-VALUE}")
  private Duration diskOut;

  @Option(
      names = "--metadata-reserve",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description =
          "What is kept free where the metadata lies: with less, only deletions are taken. Default:"
              + " 256MiB, or a twentieth of the disk if that is less")
  private @Nullable ByteSize metadataReserve;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private LogFormat logFormat;

  @Mixin private ClusterOptions cluster;

  public List<Path> data() {
    return data;
  }

  public HostPort address() {
    return address;
  }

  /** The file that {@link OptionSources} reads before anything else is parsed. */
  public Optional<Path> config() {
    return Optional.ofNullable(config);
  }

  /** Copies of each chunk in a store that is made now. */
  public int replicas() {
    if (replicas != null) {
      return replicas;
    }
    int nodes = cluster().map(settings -> settings.metadataPeers().size()).orElse(1);
    return Math.min(REPLICAS_DEFAULT, nodes > 1 ? nodes : data.size());
  }

  /** The number of copies that was asked for, if one was. */
  public Optional<Integer> replicasGiven() {
    return Optional.ofNullable(replicas);
  }

  /**
   * What it was told of other nodes; empty for a node that is alone.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  public Optional<ClusterSettings> cluster() {
    return cluster.settings(address);
  }

  /** Bytes that this node copies onto its disks in a second to heal them, at most; alone too. */
  public long healRate() {
    return cluster.healRate();
  }

  public Optional<String> domain() {
    return Optional.ofNullable(domain);
  }

  public String region() {
    return region;
  }

  public Optional<Path> tlsCert() {
    return Optional.ofNullable(tlsCert);
  }

  public Optional<Path> tlsKey() {
    return Optional.ofNullable(tlsKey);
  }

  /** Where the metadata lies. */
  public Path metadataDir() {
    return metadataDir != null ? metadataDir : data.get(0).resolve("metadata");
  }

  /** How many shards a store that is made now gets. */
  public int shards() {
    return shards != null ? shards : MetadataOptions.SHARDS_DEFAULT;
  }

  /** The number of shards that was asked for, if one was. */
  public Optional<Integer> shardsGiven() {
    return Optional.ofNullable(shards);
  }

  public Fsync fsync() {
    return fsync;
  }

  public String compression() {
    return compression;
  }

  /** Bytes. */
  public int inlineLimit() {
    return (int) inlineLimit.bytes();
  }

  public Duration gcGrace() {
    return gcGrace;
  }

  public Duration gcInterval() {
    return gcInterval;
  }

  public Duration orphanGrace() {
    return orphanGrace;
  }

  /** Bytes per second. */
  public long uploadRateMin() {
    return uploadRateMin.bytes();
  }

  /** How long a disk may take no writes before it leaves the layout. */
  public Duration diskOut() {
    return diskOut;
  }

  /** Bytes that are kept free where the metadata lies. */
  public long metadataReserve() {
    return metadataReserve != null
        ? metadataReserve.bytes()
        : MetadataOptions.floorOf(metadataDir());
  }

  public LogFormat logFormat() {
    return logFormat;
  }

  /**
   * Checks what no single option can check.
   *
   * @throws IllegalArgumentException with a line for the user
   */
  public void validate() {
    require(data.stream().distinct().count() == data.size(), "a --data directory is given twice");
    Optional<ClusterSettings> member = cluster();
    require(replicas() >= 1, "--replicas must be at least 1");
    require(
        member.isPresent() || replicas() <= data.size(),
        "--replicas "
            + replicas()
            + " needs as many --data directories; there are "
            + data.size()
            + " (a node that is alone keeps each copy on a disk of its own)");
    member.ifPresent(this::requirePlaces);
    require((tlsCert == null) == (tlsKey == null), "--tls-cert and --tls-key belong together");
    require(shards() >= 1 && shards() <= 64, "--shards must be 1 to 64");
    Compression.parse(compression); // says itself what is wrong
    require(inlineLimit.bytes() <= 128 << 10, "--inline-limit must be at most 128KiB");
    require(!diskOut.isNegative() && !diskOut.isZero(), "--disk-out must be longer than nothing");
    require(!gcGrace.isNegative() && !orphanGrace.isNegative(), "a grace can't be negative");
  }

  /** Where all of the first nodes keep chunks, there is nobody else to keep more copies. */
  private void requirePlaces(ClusterSettings member) {
    int nodes = member.metadataPeers().size();
    boolean allTold = member.has(Role.STORAGE) && member.metadataPeers().contains(member.node());
    int places = nodes == 1 ? data.size() : nodes;
    require(
        !allTold || replicas() <= places,
        "--replicas "
            + replicas()
            + (nodes == 1
                ? " needs as many nodes, or as many --data directories on the one that"
                    + " --metadata-peers names; there are "
                : " needs as many nodes, and --metadata-peers names ")
            + places
            + ": begin with --replicas "
            + places
            + ", add nodes, and say: sluice cluster layout --replicas "
            + replicas());
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
