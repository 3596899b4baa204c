package io.sluice.app.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import org.junit.jupiter.api.Test;

class SnapshotRoutesTest {
  private static final long NOW_MS = 1_000_000;
  private static final SnapshotRow MADE =
      SnapshotRow.newBuilder().addPositions(ShardPosition.getDefaultInstance()).build();

  @Test
  void state_expiryIsPast_isExpired() {
    assertThat(state(MADE, NOW_MS)).isEqualTo("expired");
    assertThat(state(MADE, NOW_MS + 1)).isEqualTo("complete");
    assertThat(state(SnapshotRow.getDefaultInstance(), NOW_MS - 1)).isEqualTo("expired");
  }

  @Test
  void state_neverExpires_isWhetherItIsMade() {
    assertThat(state(MADE, 0)).isEqualTo("complete");
    assertThat(state(SnapshotRow.getDefaultInstance(), 0)).isEqualTo("making");
  }

  private static String state(SnapshotRow row, long expiresMs) {
    return SnapshotRoutes.state(row.toBuilder().setExpiresMs(expiresMs).build(), NOW_MS);
  }
}
