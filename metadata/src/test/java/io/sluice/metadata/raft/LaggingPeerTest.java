package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.metadata.raft.TestPeers.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer that was away for longer than the log goes back. */
class LaggingPeerTest {
  @TempDir Path directory;

  @Test
  void reopen_logDroppedMeanwhile_catchesUpByTheLeadersState() throws Exception {
    try (TestPeers all = new TestPeers(directory, 1)) {
      all.limits = TestPeers.SMALL;
      all.create("a").open();
      Peer b = all.join("b").open();
      all.admit(b);
      Peer c = all.join("c").open();
      all.admit(c);
      for (int i = 0; i < 20; i++) {
        all.put(0, "k" + i, "old");
      }
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> c.states.get(0).applied().equals(all.leader(0).states.get(0).applied()));
      c.close();
      long had = c.states.get(0).applied().getIndex();
      String value = "v".repeat(2000);
      for (int i = 0; i < 400; i++) {
        all.put(0, "k" + i % 50, value + i);
      }
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> firstInLog(all.leader(0).directory) > had + 1);

      AtomicInteger fetches = new AtomicInteger();
      c.transfer =
          (leader, shard, into) ->
              fetches.incrementAndGet() == 1
                  ? CompletableFuture.failedFuture(new IOException("the connection broke"))
                  : all.fetch(leader, shard, into);
      c.open();
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> c.states.get(0).applied().equals(all.leader(0).states.get(0).applied()));
      assertThat(fetches.get()).isGreaterThanOrEqualTo(2);
      all.put(0, "after", "x");
      for (Peer peer : all.peers.values()) {
        if (peer != c && !peer.leads(0)) {
          peer.close();
        }
      }
      // Its vote and its log are needed now.
      all.put(0, "needed", "y");
      c.close();
      c.open();
      all.put(0, "again", "z");
      assertThat(all.get(0, "k" + 399 % 50)).isEqualTo(value + 399);
      assertThat(all.failures).isEmpty();
    }
  }

  private static long firstInLog(Path peer) throws IOException {
    try (Stream<Path> files = Files.walk(peer.resolve("raft"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("log_"))
          .mapToLong(name -> Long.parseLong(name.replaceFirst("log_(inprogress_)?(\\d+).*", "$2")))
          .min()
          .orElse(0);
    }
  }
}
