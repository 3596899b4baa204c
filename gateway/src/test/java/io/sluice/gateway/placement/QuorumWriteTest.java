package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.Layout;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two replica sets of any size that overlap in any way, whose members do as they like. */
class QuorumWriteTest {
  private static final ChunkId ID = ChunkId.of(0, 7, 1, 2);

  @Test
  void anySetsAndOutcomes_writtenOnlyByAMajorityOfEach() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5000; i++) {
      List<String> old = someOf(random, 1);
      List<String> target = random.nextBoolean() ? List.of() : someOf(random, 1);
      play(random, old, target, "seed " + seed + ", case " + i);
    }
  }

  private static List<String> someOf(Random random, int min) {
    List<String> ids = IntStream.range(0, 7).mapToObj(i -> "r" + i).collect(Collectors.toList());
    Collections.shuffle(ids, random);
    return List.copyOf(ids.subList(0, min + random.nextInt(5)));
  }

  private static void play(Random random, List<String> old, List<String> target, String what) {
    RepairBacklog backlog = new RepairBacklog(100);
    QuorumWrite write = new QuorumWrite(ID, old, target, backlog, slow -> {});
    AtomicInteger completions = new AtomicInteger();
    Future<Void> future = write.future();
    future.onComplete(result -> completions.incrementAndGet());
    Set<String> union = new LinkedHashSet<>(old);
    union.addAll(target);
    List<String> answers = new ArrayList<>(union);
    Collections.shuffle(answers, random);
    Set<String> have = new HashSet<>();
    Set<String> lack = new HashSet<>();
    for (String id : answers) {
      if (random.nextInt(3) > 0) {
        have.add(id);
        write.done(id);
      } else {
        lack.add(id);
        write.failed(id, null);
      }
      boolean enough = isMajority(old, have) && (target.isEmpty() || isMajority(target, have));
      assertThat(future.succeeded()).as(what).isEqualTo(enough);
    }
    assertThat(completions).as(what).hasValue(1);
    Set<String> noted =
        backlog.drain(100).stream().map(RepairBacklog.Copy::replicaId).collect(Collectors.toSet());
    if (future.succeeded()) {
      assertThat(noted).as(what).isEqualTo(lack);
    } else {
      assertThat(future.cause()).as(what).isInstanceOf(StorageFailure.Unavailable.class);
      assertThat(noted).as(what).isEmpty();
    }
  }

  private static boolean isMajority(List<String> set, Set<String> have) {
    return set.stream().filter(have::contains).count() >= Layout.quorumOf(set.size());
  }
}
