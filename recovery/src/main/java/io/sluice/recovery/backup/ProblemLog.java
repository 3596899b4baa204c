package io.sluice.recovery.backup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers problems by file. For one thread at a time. */
final class ProblemLog {
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private static final class Entry {
    private final String what;
    private final List<String> objects = new ArrayList<>();
    private long touched;

    Entry(String what) {
      this.what = what;
    }
  }

  /** Notes a file; what was noted of it first is kept. */
  void note(String file, String what) {
    entries.putIfAbsent(file, new Entry(what));
  }

  /** Notes an object that a file's problem touches. */
  void touch(String file, String what, String object) {
    Entry entry = entries.computeIfAbsent(file, none -> new Entry(what));
    entry.touched++;
    if (entry.objects.size() < VerificationResult.Problem.OBJECTS_MAX) {
      entry.objects.add(object);
    }
  }

  boolean has(String file) {
    return entries.containsKey(file);
  }

  List<VerificationResult.Problem> problems() {
    return entries.entrySet().stream()
        .map(
            entry ->
                new VerificationResult.Problem(
                    entry.getKey(),
                    entry.getValue().what,
                    entry.getValue().touched,
                    entry.getValue().objects))
        .toList();
  }
}
