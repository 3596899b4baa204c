package io.sluice.gateway.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotReads;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.SnapshotPage;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotListingTest {
  private final List<UniEmitter<? super Answer>> asked = new ArrayList<>();
  private boolean broken;
  private final SnapshotListing listing =
      new SnapshotListing(new SnapshotReads(new Asked(), Duration.ofSeconds(1)));

  @Test
  void list_manyAtOnce_shareTheNextAndNotTheOneUnderWay() {
    UniAssertSubscriber<List<SnapshotRow>> first = list();
    UniAssertSubscriber<List<SnapshotRow>> second = list();
    UniAssertSubscriber<List<SnapshotRow>> third = list();
    assertThat(asked).hasSize(1);

    answer(0, "old");
    first.assertItem(rows("old"));
    second.assertNotTerminated();
    assertThat(asked).hasSize(2);

    answer(1, "new");
    second.assertItem(rows("new"));
    third.assertItem(rows("new"));
    assertThat(asked).hasSize(2);
  }

  @Test
  void list_afterAllWereAnswered_asksAgain() {
    list();
    answer(0, "old");
    UniAssertSubscriber<List<SnapshotRow>> later = list();
    answer(1, "new");
    later.assertItem(rows("new"));
  }

  @Test
  void list_oneGivesUp_othersAreAnswered() {
    list();
    UniAssertSubscriber<List<SnapshotRow>> gone = list();
    UniAssertSubscriber<List<SnapshotRow>> patient = list();
    gone.cancel();
    answer(0, "old");
    answer(1, "new");
    patient.assertItem(rows("new"));
  }

  @Test
  void list_fails_theNextIsAskedAllTheSame() {
    UniAssertSubscriber<List<SnapshotRow>> first = list();
    UniAssertSubscriber<List<SnapshotRow>> second = list();
    asked.get(0).fail(new StorageFailure.Unavailable("no leader", Duration.ofSeconds(1), null));
    first.assertFailedWith(StorageFailure.Unavailable.class);
    answer(1, "new");
    second.assertItem(rows("new"));
  }

  @Test
  void list_canNotEvenBeAsked_theNextIsAskedAllTheSame() {
    broken = true;
    list().assertFailedWith(IllegalStateException.class);
    broken = false;
    UniAssertSubscriber<List<SnapshotRow>> later = list();
    answer(0, "new");
    later.assertItem(rows("new"));
  }

  private UniAssertSubscriber<List<SnapshotRow>> list() {
    return listing.list().subscribe().withSubscriber(UniAssertSubscriber.create());
  }

  private void answer(int number, String name) {
    asked
        .get(number)
        .complete(
            Answer.newBuilder()
                .setSnapshots(SnapshotPage.newBuilder().addAllSnapshots(rows(name)))
                .build());
  }

  private static List<SnapshotRow> rows(String name) {
    return List.of(SnapshotRow.newBuilder().setName(name).build());
  }

  /** Answers when the test says so. */
  private final class Asked implements MetadataStore {
    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      throw new AssertionError(command);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      if (broken) {
        throw new IllegalStateException("closed");
      }
      return Uni.createFrom().emitter(asked::add);
    }
  }
}
