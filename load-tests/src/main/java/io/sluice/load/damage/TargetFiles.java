package io.sluice.load.damage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of one cluster in a directory, and what they were. */
final class TargetFiles {
  /** Kinds of files, by what their names have in them. */
  static final List<String> KINDS = List.of("set.json", "rows-", "chunks-", ".pack");

  /**
   * Whether a file of that kind says what objects there are, and not only where their bytes are.
   */
  static boolean saysWhatThereIs(String kind) {
    return kind.equals("set.json") || kind.equals("rows-");
  }

  private final Path folder;
  private final Map<Path, byte[]> written = new TreeMap<>();

  /**
   * @param target with backups of one cluster
   */
  TargetFiles(Path target) throws IOException {
    try (Stream<Path> clusters = Files.list(target.resolve("sluice-backup-1"))) {
      this.folder = clusters.findFirst().orElseThrow(() -> new IOException("no backups"));
    }
    for (Path file : all()) {
      written.put(file, Files.readAllBytes(file));
    }
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** Those of a kind, in the order of their names: of sets, the oldest first. */
  List<Path> of(String kind) {
    return written.keySet().stream()
        .filter(file -> String.valueOf(file.getFileName()).contains(kind))
        .toList();
  }

  /** As verifications name it. */
  String name(Path file) {
    return folder.relativize(file).toString();
  }

  /** Makes them what they were. */
  void mend() throws IOException {
    for (Path file : all()) {
      if (!written.containsKey(file)) {
        Files.delete(file);
      }
    }
    for (Map.Entry<Path, byte[]> file : written.entrySet()) {
      Files.write(file.getKey(), file.getValue());
    }
  }
}
