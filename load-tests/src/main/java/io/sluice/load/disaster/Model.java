package io.sluice.load.disaster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the store must hold, as far as writes were acknowledged. Keys here are {@code BUCKET/KEY}.
 * Any thread; a key is written by one at a time.
 */
final class Model {
  private final Map<String, Written> written = new ConcurrentHashMap<>();
  private final Set<String> unsettled = ConcurrentHashMap.newKeySet();

  /** Null when nothing is there. */
  @Nullable Written get(String name) {
    return written.get(name);
  }

  void put(String name, Written now) {
    written.put(name, now);
  }

  void remove(String name) {
    written.remove(name);
  }

  /** A write was not answered, and may still come: the key is left alone from now on. */
  void unsettle(String name) {
    unsettled.add(name);
  }

  boolean isUnsettled(String name) {
    return unsettled.contains(name);
  }

  Set<String> unsettled() {
    return Set.copyOf(unsettled);
  }

  /** The store was restored: from now on it is that. */
  void become(StoreState state) {
    written.clear();
    state
        .buckets()
        .forEach(
            (bucket, objects) ->
                objects.forEach(
                    (key, facts) -> written.put(bucket + '/' + key, Written.of(facts))));
  }

  /** How what was found differs from what must be there, an object a line. */
  List<String> problems(StoreState found) {
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
