package io.sluice.metadata.raft;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.util.CodeInjectionForTesting;

/**
 * Takes peers from the network: nothing from them arrives, and nothing arrives at them. Also tells
 * of the messages with which leaders send entries.
 */
final class CutOff {
  private static final String SEND = "GrpcServicesImpl.sendRequest";
  private static final Set<String> CUT = ConcurrentHashMap.newKeySet();
  private static volatile Consumer<AppendEntriesRequestProto> sending = message -> {};

  static {
    for (String place :
        List.of(
            "RaftServerImpl.requestVote",
            "RaftServerImpl.appendEntries",
            "RaftServerImpl.installSnapshot",
            "RaftServerImpl.startLeaderElection",
            SEND)) {
      CodeInjectionForTesting.put(
          place,
          (local, remote, args) -> {
            if (isCut(local) || isCut(remote)) {
              throw new IllegalStateException("cut off");
            }
            if (place.equals(SEND) && args[0] instanceof AppendEntriesRequestProto message) {
              sending.accept(message);
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

  /** Called by the thread that sends, when the message is made and before it is sent. */
  static void onSend(Consumer<AppendEntriesRequestProto> listener) {
    sending = listener;
  }

  static void heal() {
    sending = message -> {};
    CUT.clear();
  }
}
