package io.sluice.load.disaster;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What the store must hold, as far as writes were acknowledged. Keys here are {@code BUCKET/KEY}.
 * Any thread; a key is written by one at a time.
 */
public final class Model {
  private final Map<String, Written> written = new ConcurrentHashMap<>();
  private final Set<String> unsettled = ConcurrentHashMap.newKeySet();
  private final Map<String, List<Attempt>> attempts = new ConcurrentHashMap<>();

  /** Null when nothing is there. */
  @Nullable Written get(String name) {
    return written.get(name);
  }

  /**
   * A write was acknowledged just now.
   *
   * @param then what is there since; null: nothing
   * @param began when it was sent
   */
  void acknowledged(String name, @Nullable Written then, Instant began) {
    if (then == null) {
      written.remove(name);
    } else {
      written.put(name, then);
    }
    note(new Attempt(name, then, began, Instant.now()));
  }

  /** A write was not answered, and may still come: the key is left alone from now on. */
  void unanswered(String name, @Nullable Written then, Instant began) {
    unsettled.add(name);
    note(new Attempt(name, then, began, null));
  }

  private void note(Attempt attempt) {
    attempts.computeIfAbsent(attempt.name(), name -> new CopyOnWriteArrayList<>()).add(attempt);
  }

  /** All writes that may have been done, of each key in their order. */
  public Map<String, List<Attempt>> attempts() {
    return Map.copyOf(attempts);
  }

  boolean isUnsettled(String name) {
    return unsettled.contains(name);
  }

  Set<String> unsettled() {
    return Set.copyOf(unsettled);
  }

  /** The store was restored: from now on it is that. */
  public void become(StoreState state) {
    written.clear();
    attempts.clear();
    state
        .buckets()
        .forEach(
            (bucket, objects) ->
                objects.forEach((key, facts) -> found(bucket + '/' + key, Written.of(facts))));
  }

  private void found(String name, Written there) {
    written.put(name, there);
    note(new Attempt(name, there, Instant.EPOCH, Instant.EPOCH));
  }

  /** How what was found differs from what must be there, an object a line. */
  public List<String> problems(StoreState found) {
    List<String> problems = new ArrayList<>();
    Set<String> missing = new TreeSet<>(written.keySet());
    found
        .buckets()
        .forEach(
            (bucket, objects) ->
                objects.forEach(
                    (key, facts) -> {
                      String name = bucket + '/' + key;
                      missing.remove(name);
                      Written expected = written.get(name);
                      String problem =
                          expected == null
                              ? "was deleted or never written"
                              : expected.problem(facts);
                      if (!problem.isEmpty() && !unsettled.contains(name)) {
                        problems.add(name + ": " + problem);
                      }
                    }));
    missing.removeAll(unsettled);
    missing.forEach(name -> problems.add(name + ": is missing"));
    return problems;
  }
}
