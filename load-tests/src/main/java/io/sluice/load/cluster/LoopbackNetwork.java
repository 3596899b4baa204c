package io.sluice.load.cluster;

import io.sluice.load.process.FreePorts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** All nodes at 127.0.0.1, told apart by their ports. Nothing can be done to it. */
final class LoopbackNetwork implements Network {

  private static final String HOST = "127.0.0.1";

  private final String why;
  private final List<NodeAddress> addresses = new ArrayList<>();

  /** Picks ports that are free now; {@code why} says why it is not a better network. */
  LoopbackNetwork(int nodes, String why) throws IOException {
    this.why = why;
    for (int i = 0; i < nodes; i++) {
      List<Integer> ports = FreePorts.some(5);
      addresses.add(
          new NodeAddress(
              HOST, ports.get(0), ports.get(1), ports.get(2), ports.get(3), ports.get(4)));
    }
  }

  @Override
  public String describe() {
    return "plain processes on the loopback interface (" + why + ")";
  }

  @Override
  public NodeAddress address(int node) {
    return addresses.get(node - 1);
  }

  @Override
  public List<String> commandPrefix(int node) {
    return List.of();
  }

  @Override
  public boolean canFail() {
    return false;
  }

  @Override
  public void cut(int from, int to) {
    throw new UnsupportedOperationException("the loopback interface can't be cut");
  }

  @Override
  public void mend() {
    // nothing was cut
  }

  @Override
  public String slow(int node) {
    throw new UnsupportedOperationException("the loopback interface can't be slowed");
  }

  @Override
  public void quicken(int node) {
    // nothing was slowed
  }

  @Override
  public void close() {
    // nothing was made
  }
}
