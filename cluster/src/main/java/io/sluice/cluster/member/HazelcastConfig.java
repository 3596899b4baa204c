package io.sluice.cluster.member;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.core.HazelcastException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.Objects;
import java.util.UUID;

/** Reads {@code cluster.xml} and lays over it what the command line says. */
final class HazelcastConfig {
  static final String NODE = "sluice.node";
  static final String INCARNATION = "sluice.incarnation";

  /** The attribute by which vertx-hazelcast knows members. */
  private static final String VERTX_NODE_ID = "__vertx.nodeId";

  private static final String BIND_ANY = "hazelcast.socket.bind.any";
  private static final String LISTEN_AT = "hazelcast.local.localAddress";

  private HazelcastConfig() {}

  /**
   * Reads files and resolves names: blocks.
   *
   * @throws MembershipException with one line that says what is wrong
   */
  static Config load(MembershipOptions options) {
    Config config = read(options);
    config.setClusterName(config.getClusterName() + "-" + options.secretName());
    config
        .getMemberAttributeConfig()
        .setAttribute(NODE, options.node())
        .setAttribute(INCARNATION, options.incarnation())
        .setAttribute(VERTX_NODE_ID, UUID.randomUUID().toString());
    listenAt(config, parse("hazelcast-address", options.address()));
    join(config.getNetworkConfig().getJoin(), options);
    return config;
  }

  private static Config read(MembershipOptions options) {
    try (InputStream in = open(options)) {
      return new XmlConfigBuilder(in).build();
    } catch (IOException | HazelcastException e) {
      throw new MembershipException(
          "cannot use " + fileName(options) + " as Hazelcast configuration: " + firstLine(e), e);
    }
  }

  private static InputStream open(MembershipOptions options) throws IOException {
    if (options.configFile() == null) {
      return Objects.requireNonNull(
          HazelcastConfig.class.getResourceAsStream("cluster.xml"), "cluster.xml is not built in");
    }
    return new BufferedInputStream(Files.newInputStream(options.configFile()));
  }

  private static String fileName(MembershipOptions options) {
    return options.configFile() == null ? "the built-in cluster.xml" : options.configFile() + "";
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("").strip();
  }

  private static HostPort parse(String option, String text) {
    try {
      return HostPort.parse(text);
    } catch (IllegalArgumentException e) {
      throw new MembershipException("--" + option + " " + e.getMessage(), e);
    }
  }

  private static void listenAt(Config config, HostPort address) {
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(address.port()).setPortAutoIncrement(false);
    InetAddress resolved = resolve(address);
    if (resolved.isAnyLocalAddress()) {
      config.setProperty(BIND_ANY, "true");
      return;
    }
    config.setProperty(BIND_ANY, "false");
    // Not by its list of interfaces: with one, it looks for no member that is given by a name
    // unless
    // the name is of an address in that list.
    network.getInterfaces().setEnabled(false);
    config.setProperty(LISTEN_AT, resolved.getHostAddress());
  }

  private static InetAddress resolve(HostPort address) {
    try {
      return InetAddress.getByName(address.host());
    } catch (UnknownHostException e) {
      throw new MembershipException(
          "--hazelcast-address " + address + ": no address is known for that name", e);
    }
  }

  private static void join(JoinConfig join, MembershipOptions options) {
    if (options.join().isEmpty()) {
      return;
    }
    // Hazelcast takes one way of finding others only: the one that was asked for.
    join.getKubernetesConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).clear();
    for (String member : options.join()) {
      join.getTcpIpConfig().addMember(parse("join", member).toString());
    }
  }
}
