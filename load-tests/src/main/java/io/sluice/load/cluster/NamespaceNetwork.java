package io.sluice.load.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Each node in a network namespace of its own, all of them around a namespace that routes between
 * them, and to the clients, which stay where this process is:
 *
 * <pre>
 * clients 10.N.0.1 ── 10.N.0.2 router 10.N.i.1 ── 10.N.i.2 node i
 * </pre>
 *
 * <p>Because every packet passes the router, a one-way cut between two nodes is a blackhole rule
 * there, which drops silently as a broken network does, and needs neither iptables nor kernel
 * modules.
 */
final class NamespaceNetwork implements Network {

  private static final int S3_PORT = 9000;
  private static final int INTERNAL_PORT = 9200;
  private static final int RAFT_PORT = 9300;
  private static final int HAZELCAST_PORT = 5701;
  private static final int BUS_PORT = 5801;

  private final int nodes;
  private final int net;
  private final String name;
  private final Set<String> rules = new HashSet<>();

  /** Needs root and {@code ip}; leaves nothing behind when it fails. */
  NamespaceNetwork(int nodes) throws IOException {
    this.nodes = nodes;
    this.net = (int) (64 + ProcessHandle.current().pid() % 128);
    this.name = "sluice" + net;
    try {
      create();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void create() throws IOException {
    Shell.run("ip", "netns", "add", router());
    Shell.run("ip", "-n", router(), "link", "set", "lo", "up");
    Shell.run(
        "ip", "netns", "exec", router(), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    Shell.run(
        "ip", "link", "add", name, "type", "veth", "peer", "name", "clients", "netns", router());
    Shell.run("ip", "addr", "add", host(0, 1) + "/24", "dev", name);
    Shell.run("ip", "link", "set", name, "up");
    Shell.run("ip", "-n", router(), "addr", "add", host(0, 2) + "/24", "dev", "clients");
    Shell.run("ip", "-n", router(), "link", "set", "clients", "up");
    Shell.run("ip", "route", "add", "10." + net + ".0.0/16", "via", host(0, 2));
    for (int node = 1; node <= nodes; node++) {
      createNode(node);
    }
  }

  private void createNode(int node) throws IOException {
    String space = space(node);
    Shell.run("ip", "netns", "add", space);
    Shell.run("ip", "-n", space, "link", "set", "lo", "up");
    Shell.run(
        "ip",
        "-n",
        router(),
        "link",
        "add",
        port(node),
        "type",
        "veth",
        "peer",
        "name",
        "eth",
        "netns",
        space);
    Shell.run("ip", "-n", router(), "addr", "add", host(node, 1) + "/24", "dev", port(node));
    Shell.run("ip", "-n", router(), "link", "set", port(node), "up");
    Shell.run("ip", "-n", space, "addr", "add", host(node, 2) + "/24", "dev", "eth");
    Shell.run("ip", "-n", space, "link", "set", "eth", "up");
    Shell.run("ip", "-n", space, "route", "add", "default", "via", host(node, 1));
  }

  @Override
  public String describe() {
    return "network namespaces around a router (10." + net + ".0.0/16)";
  }

  @Override
  public NodeAddress address(int node) {
    return new NodeAddress(
        host(node, 2), S3_PORT, INTERNAL_PORT, RAFT_PORT, HAZELCAST_PORT, BUS_PORT);
  }

  @Override
  public List<String> commandPrefix(int node) {
    return List.of("ip", "netns", "exec", space(node));
  }

  @Override
  public boolean canFail() {
    return true;
  }

  @Override
  public void cut(int from, int to) throws IOException {
    String rule = "from " + host(from, 2) + " to " + host(to, 2) + " blackhole";
    if (rules.add(rule)) {
      rule("add", rule);
    }
  }

  @Override
  public void mend() throws IOException {
    for (String rule : rules) {
      rule("del", rule);
    }
    rules.clear();
  }

  private void rule(String verb, String rule) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", router(), "rule", verb));
    command.addAll(List.of(rule.split(" ")));
    Shell.run(command.toArray(String[]::new));
  }

  @Override
  public String slow(int node) throws IOException {
    try {
      shape(node, "netem", "delay", "100ms", "50ms", "loss", "1%");
      return "100 ms ± 50 ms and 1 % loss each way";
    } catch (IOException e) {
      // A kernel without netem: a thin line, whose queue delays what it has to hold back.
      quicken(node);
      shape(node, "tbf", "rate", "4mbit", "burst", "32kb", "latency", "500ms");
      return "4 Mbit/s each way with a queue of up to 500 ms (no netem in this kernel)";
    }
  }

  private void shape(int node, String... discipline) throws IOException {
    List<String> rest = List.of(discipline);
    List<String> down =
        new ArrayList<>(List.of("tc", "-n", router(), "qdisc", "add", "dev", port(node), "root"));
    down.addAll(rest);
    List<String> up =
        new ArrayList<>(List.of("tc", "-n", space(node), "qdisc", "add", "dev", "eth", "root"));
    up.addAll(rest);
    Shell.run(down.toArray(String[]::new));
    Shell.run(up.toArray(String[]::new));
  }

  @Override
  public void quicken(int node) {
    Shell.attempt("tc", "-n", router(), "qdisc", "del", "dev", port(node), "root");
    Shell.attempt("tc", "-n", space(node), "qdisc", "del", "dev", "eth", "root");
  }

  /** The nodes should have ended: a namespace lives as long as a process in it. */
  @Override
  public void close() {
    for (int node = 1; node <= nodes; node++) {
      Shell.attempt("ip", "netns", "del", space(node));
    }
    Shell.attempt("ip", "link", "del", name);
    Shell.attempt("ip", "netns", "del", router());
  }

  private String router() {
    return name + "-router";
  }

  private String space(int node) {
    return name + "-node-" + node;
  }

  private static String port(int node) {
    return "node" + node;
  }

  private String host(int subnet, int number) {
    return "10." + net + '.' + subnet + '.' + number;
  }
}
