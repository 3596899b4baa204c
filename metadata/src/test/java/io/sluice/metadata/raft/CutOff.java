package io.sluice.metadata.raft;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.util.CodeInjectionForTesting;

/** Takes peers from the network: nothing from them arrives, and nothing arrives at them. */
final class CutOff {
  private static final Set<String> CUT = ConcurrentHashMap.newKeySet();

  static {
    for (String place :
        List.of(
            "RaftServerImpl.requestVote",
            "RaftServerImpl.appendEntries",
            "RaftServerImpl.installSnapshot",
            "RaftServerImpl.startLeaderElection",
            "GrpcServicesImpl.sendRequest")) {
      CodeInjectionForTesting.put(
          place,
          (local, remote, args) -> {
            if (isCut(local) || isCut(remote)) {
              throw new IllegalStateException("cut off");
            }
            return false;
          });
    }
  }

  private CutOff() {}

  private static boolean isCut(Object peer) {
    return peer != null && CUT.contains(peer.toString());
  }

  static void cut(String peerId) {
    CUT.add(peerId);
  }

  static void heal() {
    CUT.clear();
  }
}
