package io.sluice.load.standby;

import io.sluice.load.disaster.Attempt;
import io.sluice.load.disaster.ObjectFacts;
import io.sluice.load.disaster.StoreState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a standby that took over has of what was written at the primary. It must be a state that the
 * primary was in: each object is as some write made it, none is older than the last that was
 * acknowledged by the recovery point, and who has one write has all that were acknowledged before
 * that was sent.
 *
 * @param lost acknowledged writes that are not there, nor anything newer of the same object
 * @param problems what must not be, an object a line
 * @param writtenOver {@code BUCKET/KEY} of those of which a later write may have been done at the
 *     old primary, acknowledged or not
 */
record Takeover(List<Attempt> lost, List<String> problems, Set<String> writtenOver) {

  /**
   * An object as it was found.
   *
   * @param newest of the writes that may have made it so
   * @param oldest of them; the same but where two wrote the same
   */
  private record Match(List<Attempt> attempts, int newest, int oldest) {
    Attempt found() {
      return attempts.get(oldest);
    }

    /** The newest that is there for sure by what was acknowledged. */
    @Nullable Attempt due(Instant moment) {
      for (int i = attempts.size() - 1; i > newest; i--) {
        if (attempts.get(i).isBy(moment)) {
          return attempts.get(i);
        }
      }
      return null;
    }

    List<Attempt> lost() {
      return attempts.subList(newest + 1, attempts.size()).stream()
          .filter(attempt -> attempt.acknowledged() != null)
          .toList();
    }
  }

  /**
   * Compares.
   *
   * @param written all writes that may have been done, of each {@code BUCKET/KEY} in their order
   * @param recoveryPoint the moment that the last set holds which the standby had applied
   */
  static Takeover of(Map<String, List<Attempt>> written, StoreState found, Instant recoveryPoint) {
    Map<String, ObjectFacts> objects = byName(found);
    Map<String, List<Attempt>> attempts = new TreeMap<>(written);
    objects.keySet().forEach(name -> attempts.putIfAbsent(name, List.of()));
    List<String> problems = new ArrayList<>();
    List<Match> matches = new ArrayList<>();
    attempts.forEach(
        (name, each) -> {
          Match match = match(name, each, objects.get(name));
          if (match == null) {
            problems.add(name + ": " + strange(each, objects.get(name)));
          } else {
            matches.add(match);
          }
        });
    Instant through = recoveryPoint;
    for (Match match : matches) {
      Instant began = match.found().began();
      through = began.isAfter(through) ? began : through;
    }
    List<Attempt> lost = new ArrayList<>();
    Set<String> writtenOver = new TreeSet<>();
    for (Match match : matches) {
      if (match.newest() < match.attempts().size() - 1) {
        writtenOver.add(match.found().name());
      }
      lost.addAll(match.lost());
      Attempt due = match.due(through);
      if (due != null) {
        problems.add(
            "%s: a write acknowledged at %s is not there; the standby had all up to %s, and a write that was sent at %s"
                .formatted(due.name(), due.acknowledged(), recoveryPoint, through));
      }
    }
    return new Takeover(lost, problems, writtenOver);
  }

  /** Of the objects as they were found: those that someone had written over, or deleted. */
  long bytesWrittenOver(StoreState found) {
    Map<String, ObjectFacts> objects = byName(found);
    return writtenOver.stream()
        .map(objects::get)
        .filter(Objects::nonNull)
        .mapToLong(ObjectFacts::length)
        .sum();
  }

  private static Map<String, ObjectFacts> byName(StoreState found) {
    Map<String, ObjectFacts> objects = new TreeMap<>();
    found
        .buckets()
        .forEach(
            (bucket, each) -> each.forEach((key, facts) -> objects.put(bucket + '/' + key, facts)));
    return objects;
  }

  /** Null when nobody wrote that. */
  private static @Nullable Match match(
      String name, List<Attempt> attempts, @Nullable ObjectFacts found) {
    List<Attempt> all = new ArrayList<>();
    all.add(new Attempt(name, null, Instant.EPOCH, Instant.EPOCH)); // before any was written
    all.addAll(attempts);
    int newest = -1;
    int oldest = -1;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).made(found)) {
        newest = i;
        oldest = oldest < 0 ? i : oldest;
      }
    }
    return newest < 0 ? null : new Match(all, newest, oldest);
  }

  private static String strange(List<Attempt> attempts, @Nullable ObjectFacts found) {
    if (found == null) {
      return "is missing";
    }
    return attempts.isEmpty()
        ? "is there, and was never written"
        : "is as nobody wrote it: %s, %s; the last write: %s"
            .formatted(found.sha256(), found.headers(), attempts.get(attempts.size() - 1));
  }
}
