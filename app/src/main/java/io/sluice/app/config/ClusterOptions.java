package io.sluice.app.config;

import io.sluice.cluster.secret.CertificateFiles;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that make a node one of many. Without any of them a node is alone. */
@SuppressWarnings("NullAway.Init") // picocli fills in every field that has a default
public final class ClusterOptions {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int BUS_OFFSET = 100;
  private static final long HEAL_RATE_MIN = 64 << 10;
  private static final HostPort HAZELCAST_DEFAULT = new HostPort("127.0.0.1", 5701);

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "This node's name, its own for ever. Default: the host's name")
  private @Nullable String node;

  @Option(
      names = "--cluster",
      paramLabel = "FILE",
      description = "Hazelcast configuration. Default: the cluster.xml that is built in")
  private @Nullable Path cluster;

  @Option(
      names = "--internal-address",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description =
          "Where other nodes reach this one's data and metadata. Default: host of --address, its"
              + " port + 1")
  private @Nullable HostPort internalAddress;

  @Option(
      names = "--raft-address",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description =
          "Where other nodes reach this one's Raft. Default: what --metadata-peers says of this"
              + " node, else host of --address, its port + 2")
  private @Nullable HostPort raftAddress;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "What fails together with this node; copies go to different zones")
  private @Nullable String zone;

  @Option(
      names = "--weight",
      paramLabel = "W",
      description = "This node's share of the data, 1 for a TiB. Default: by capacity")
  private @Nullable Double weight;

  @Option(
      names = "--hazelcast-address",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description = "Where this node's Hazelcast listens. Default: 127.0.0.1:5701")
  private @Nullable HostPort hazelcastAddress;

  @Option(
      names = "--bus-address",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description =
          "Where this node's event bus listens. Default: host of --hazelcast-address, its port +"
              + " 100")
  private @Nullable HostPort busAddress;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT",
      split = ",",
      description = "Hazelcast members to look for; instead of those in cluster.xml")
  private @Nullable List<String> join;

  @Option(
      names = "--metadata-peers",
      paramLabel = "NAME=HOST:PORT",
      split = ",",
      description =
          "The nodes that make a new cluster, with their Raft addresses; the first creates it when"
              + " all are there. Nodes that come later leave this out")
  private @Nullable List<String> metadataPeers;

  @Option(
      names = "--cluster-secret-file",
      paramLabel = "FILE",
      description = "What nodes prove to each other: at least 32 characters, the same on each node")
  private @Nullable Path secretFile;

  @Option(
      names = "--cluster-ca",
      paramLabel = "PEM",
      description =
          "Authorities of this cluster alone: whoever has a certificate of theirs is a node; with"
              + " --cluster-cert and --cluster-key, instead of certificates made from the secret")
  private @Nullable Path clusterCa;

  @Option(
      names = "--cluster-cert",
      paramLabel = "PEM",
      description = "This node's certificate between nodes, for TLS servers and clients")
  private @Nullable Path clusterCert;

  @Option(names = "--cluster-key", paramLabel = "PEM", description = "Its private key")
  private @Nullable Path clusterKey;

  @Option(
      names = "--down-out",
      paramLabel = "TIME",
      defaultValue = "10m",
      converter = TimeSpan.class,
      description =
          "How long a node may be silent before its data is copied to others. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration downOut;

  @Option(
      names = "--moves-max",
      paramLabel = "N",
      defaultValue = "32",
      description =
          "How many of the 256 partitions move at the same time, at most. Default: ${DEFAULT-VALUE}")
  private int movesMax;

  @Option(
      names = "--heal-rate",
      paramLabel = "SIZE",
      defaultValue = "64MiB",
      converter = ByteSize.Converter.class,
      description =
          "What this node copies onto its disks to heal them, or to fill new ones, at most, in a"
              + " second. Default: ${DEFAULT-VALUE}")
  private ByteSize healRate;

  @Option(
      names = "--roles",
      paramLabel = "ROLE",
      split = ",",
      defaultValue = "gateway,storage,metadata",
      description =
          "What this node does in a cluster: serve S3, keep chunks, vote in the metadata. Default:"
              + " ${DEFAULT-VALUE}")
  private List<String> roles;

  private boolean given() {
    return Stream.of(
            node,
            cluster,
            internalAddress,
            raftAddress,
            zone,
            weight,
            hazelcastAddress,
            busAddress,
            join,
            metadataPeers,
            secretFile,
            clusterCa,
            clusterCert,
            clusterKey)
        .anyMatch(option -> option != null);
  }

  long healRate() {
    return healRate.bytes();
  }

  /**
   * What they say, with what they leave open filled in.
   *
   * @param s3 where S3 is served
   * @return empty when the node is alone
   * @throws IllegalArgumentException with a line for the user
   */
  Optional<ClusterSettings> settings(HostPort s3) {
    Set<Role> does = Role.parse(roles);
    require(
        given() || does.size() == Role.values().length,
        "--roles "
            + String.join(",", roles)
            + ": a node that is alone does everything; leave the option out, or say with"
            + " --cluster-secret-file and --join which cluster it is of");
    require(!downOut.isNegative() && !downOut.isZero(), "--down-out must be longer than nothing");
    require(movesMax >= 1, "--moves-max must be at least 1");
    require(
        healRate.bytes() >= HEAL_RATE_MIN,
        "--heal-rate must be at least 64KiB: with less a cluster may not be whole again in days");
    return given() ? Optional.of(resolved(s3, does)) : Optional.empty();
  }

  private ClusterSettings resolved(HostPort s3, Set<Role> does) {
    Path secret = secretFile;
    if (secret == null) {
      throw new IllegalArgumentException(
          "a node of a cluster needs --cluster-secret-file (make one: openssl rand -hex 32)");
    }
    require(
        cluster == null || Files.isReadable(cluster),
        "--cluster " + cluster + " does not exist or can't be read");
    String name = node != null ? node : hostName();
    require(
        NAME.matcher(name).matches(),
        "--node '" + name + "' must be letters, digits, '.', '-' and '_', at most 63");
    require(weight == null || weight > 0, "--weight must be greater than 0");
    Map<String, HostPort> peers = peers();
    require(
        does.contains(Role.METADATA) || !peers.containsKey(name),
        "--metadata-peers names "
            + name
            + ", which --roles "
            + String.join(",", roles)
            + " keeps from the metadata: give it that role, or take it off the list");
    HostPort hazelcast = hazelcastAddress == null ? HAZELCAST_DEFAULT : hazelcastAddress;
    return new ClusterSettings(
        name,
        Optional.ofNullable(cluster),
        reachable("--internal-address", internalAddress, s3, 1),
        raft(name, peers, s3),
        zone == null ? "" : zone,
        weight == null ? 0 : weight,
        hazelcast,
        bus(hazelcast),
        join == null ? List.of() : join,
        List.copyOf(peers.keySet()),
        secret,
        certificates(),
        does,
        downOut,
        movesMax);
  }

  private HostPort bus(HostPort hazelcast) {
    int port = hazelcast.port() + BUS_OFFSET;
    require(
        busAddress != null || port <= 0xffff,
        "--bus-address must be given when --hazelcast-address has port " + hazelcast.port());
    return busAddress != null ? busAddress : new HostPort(hazelcast.host(), port);
  }

  private Optional<CertificateFiles> certificates() {
    if (clusterCa != null && clusterCert != null && clusterKey != null) {
      return Optional.of(new CertificateFiles(clusterCa, clusterCert, clusterKey));
    }
    require(
        clusterCa == null && clusterCert == null && clusterKey == null,
        "--cluster-ca, --cluster-cert and --cluster-key belong together");
    return Optional.empty();
  }

  private HostPort raft(String name, Map<String, HostPort> peers, HostPort s3) {
    HostPort listed = peers.get(name);
    require(
        listed == null || raftAddress == null || listed.equals(raftAddress),
        "--raft-address " + raftAddress + " is not what --metadata-peers says of " + name);
    return reachable("--raft-address", raftAddress != null ? raftAddress : listed, s3, 2);
  }

  private static HostPort reachable(
      String option, @Nullable HostPort given, HostPort s3, int offset) {
    require(
        given != null || (s3.port() > 0 && s3.port() + offset <= 0xffff),
        option + " must be given when --address has port " + s3.port());
    HostPort address = given != null ? given : new HostPort(s3.host(), s3.port() + offset);
    require(address.port() > 0, option + " needs a port that others can know, not 0");
    require(
        !address.host().equals("0.0.0.0") && !address.host().equals("::"),
        option
            + " "
            + address
            + ": other nodes can't be told that address; give the one that they reach this node at");
    return address;
  }

  private Map<String, HostPort> peers() {
    Map<String, HostPort> peers = new LinkedHashMap<>();
    for (String peer : metadataPeers == null ? List.<String>of() : metadataPeers) {
      int equals = peer.indexOf('=');
      require(equals > 0, "--metadata-peers '" + peer + "' is not NAME=HOST:PORT");
      String name = peer.substring(0, equals);
      require(
          peers.put(name, HostPort.parse(peer.substring(equals + 1))) == null,
          "--metadata-peers names " + name + " twice");
    }
    return peers;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("this host's name is not known: give --node", e);
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
