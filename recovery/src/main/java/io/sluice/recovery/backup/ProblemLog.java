package io.sluice.recovery.backup;

import io.sluice.recovery.backup.format.RowKey;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gathers problems by file. What several sets have in common is found with each of them, and is
 * said once. For one thread at a time.
 */
final class ProblemLog {
  /**
   * What a problem touches in one file and is told apart; what comes after that counts each time.
   */
  private static final int TOLD_APART_MAX = 100_000;

  /**
   * What a problem touches.
   *
   * @param last of a run of rows that are lost; null: it is one
   */
  record Touched(RowKey first, @Nullable RowKey last) {
    private String name(Function<RowKey, String> names) {
      return last == null
          ? names.apply(first)
          : "from " + names.apply(first) + " to " + names.apply(last);
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private static final class Entry {
    private final String what;
    private final Set<Touched> toldApart = new LinkedHashSet<>();
    private long touched;

    Entry(String what) {
      this.what = what;
    }

    void touch(Touched each) {
      if (toldApart.size() >= TOLD_APART_MAX || toldApart.add(each)) {
        touched++;
      }
    }
  }

  /** Notes a file; what was noted of it first is kept. */
  void note(String file, String what) {
    entries.putIfAbsent(file, new Entry(what));
  }

  /** Notes what a file's problem touches. */
  void touch(String file, String what, Touched touched) {
    entries.computeIfAbsent(file, none -> new Entry(what)).touch(touched);
  }

  boolean has(String file) {
    return entries.containsKey(file);
  }

  /**
   * All of them.
   *
   * @param names gives what a row is of, for people
   */
  List<VerificationResult.Problem> problems(Function<RowKey, String> names) {
    return entries.entrySet().stream()
        .map(
            entry ->
                new VerificationResult.Problem(
                    entry.getKey(),
                    entry.getValue().what,
                    entry.getValue().touched,
                    entry.getValue().toldApart.stream()
                        .limit(VerificationResult.Problem.OBJECTS_MAX)
                        .map(touched -> touched.name(names))
                        .toList()))
        .toList();
  }
}
