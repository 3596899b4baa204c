package io.sluice.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReceiveBuffersTest {
  private static final long HEAP = 256L << 20;
  private static final int MESSAGE = 64 << 10;

  private final AtomicInteger connections = new AtomicInteger();
  private final ReceiveBuffers buffers = new ReceiveBuffers(HEAP, MESSAGE, connections::get);

  @Test
  void nextBytes_fewConnections_isLarge() {
    connections.set(4);
    assertThat(buffers.nextBytes()).isEqualTo(ReceiveBuffers.BYTES_MAX);
  }

  /**
   * The case that filled a heap: each of them keeps a queue of sixteen reads while it is paused.
   */
  @Test
  void nextBytes_manyConnections_keepsAllTheirQueuesWithinTheShare() {
    connections.set(200);
    assertThat(200L * 16 * buffers.nextBytes()).isLessThanOrEqualTo(HEAP / 8);
  }

  @Test
  void nextBytes_aLargeHeap_staysLarge() {
    connections.set(200);
    ReceiveBuffers large = new ReceiveBuffers(6L << 30, MESSAGE, connections::get);
    assertThat(large.nextBytes()).isEqualTo(ReceiveBuffers.BYTES_MAX);
  }

  @Test
  void newHandle_guessesWhatIsDueNow() {
    connections.set(1);
    var handle = buffers.newHandle();
    connections.set(8192);
    assertThat(handle.guess()).isEqualTo(ReceiveBuffers.BYTES_MIN);
  }
}
