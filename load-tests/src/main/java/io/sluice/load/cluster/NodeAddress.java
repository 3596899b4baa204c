package io.sluice.load.cluster;

import java.net.URI;

/** Where a node listens: one host, a port for each purpose. */
public record NodeAddress(
    String host, int s3Port, int internalPort, int raftPort, int hazelcastPort, int busPort) {

  String s3() {
    return host + ':' + s3Port;
  }

  String internal() {
    return host + ':' + internalPort;
  }

  String raft() {
    return host + ':' + raftPort;
  }

  String hazelcast() {
    return host + ':' + hazelcastPort;
  }

  String bus() {
    return host + ':' + busPort;
  }

  public URI endpoint() {
    return URI.create("http://" + s3());
  }
}
