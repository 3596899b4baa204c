package io.sluice.metadata.raft;

import io.sluice.storage.PeerTrust;
import java.time.Duration;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * How a peer is reached by others, and they by it. Everything between peers goes over mutual TLS:
 * who shows no certificate that is trusted gets no further than the handshake.
 *
 * @param bindHost the address to listen at; empty for all of them
 * @param port the port to listen at, 1–65535
 * @param address what other peers dial, {@code host:port}
 * @param key what this peer shows, as server and as client
 * @param trust who is a peer
 * @param transfer fetches the state of a shard from another peer
 * @param timing how long silence is borne
 */
public record RaftNetwork(
    String bindHost,
    int port,
    String address,
    X509ExtendedKeyManager key,
    PeerTrust trust,
    StateTransfer transfer,
    Timing timing) {
  public RaftNetwork {
    PeerAddresses.requireAddress(address);
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a port is between 1 and 65535, not " + port);
    }
  }

  /**
   * How long silence is borne. A follower that hears nothing for a time between the two minima asks
   * to be elected; a leader that hears from no majority for the maximum steps down. Nobody's clock
   * needs to be right for safety, only for peace.
   *
   * @param electionMin shorter pauses of a process, or of its network, change no leader
   * @param electionMax at least {@code electionMin}
   * @param request how long one call to another peer may take
   */
  public record Timing(Duration electionMin, Duration electionMax, Duration request) {
    /**
     * For machines that do other work too, and pause for some hundred milliseconds now and then.
     */
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));

    public Timing {
      if (electionMin.compareTo(electionMax) > 0 || electionMin.isNegative()) {
        throw new IllegalArgumentException(
            "election time-outs " + electionMin + ", " + electionMax);
      }
    }
  }
}
