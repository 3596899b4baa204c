package io.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.sluice.testkit.loops.BlockedLoops;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** That the tests with a whole server would notice a blocked event loop. */
class BlockedServerTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  @Test
  void eventLoop_blocked_isFound() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    SERVER
        .vertx()
        .runOnContext(
            ignored -> {
              try {
                never.await(130, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              done.countDown();
            });
    done.await();
    assertThat(BlockedLoops.takeFound()).hasSize(1);
  }
}
